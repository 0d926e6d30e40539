import { useSearchParams } from "@solidjs/router";
import { Match, Show, Switch } from "solid-js";
import { user } from "../../lib/api";
import { admin as words } from "../../texts/admin";
import { TabPanel, Tabs } from "../../ui/parts";
import { Title } from "../../ui/title";
import { AdminLog } from "./log";
import { Platform } from "./platform";
import { Users } from "./users";

const TABS = ["users", "platform", "log"] as const;

/** Users, switches and security log of the platform. */
export default function Admin() {
  const [search, setSearch] = useSearchParams<{ tab?: string }>();
  const tab = () => TABS.find((one) => one === search.tab) ?? "users";
  return (
    <>
      <div class="title-row">
        <Title text={words.title} />
      </div>
      <Show when={user()?.role !== "user"} fallback={<p class="notice">{words.notAdmin}</p>}>
        <Tabs
          tabs={TABS.map((id) => [id, words.tabs[id]] as const)}
          current={tab()}
          onPick={(id) => setSearch({ tab: id }, { replace: true })}
        />
        <TabPanel current={tab()}>
          <Switch>
            <Match when={tab() === "users"}>
              <Users />
            </Match>
            <Match when={tab() === "platform"}>
              <Platform />
            </Match>
            <Match when={tab() === "log"}>
              <AdminLog />
            </Match>
          </Switch>
        </TabPanel>
      </Show>
    </>
  );
}
