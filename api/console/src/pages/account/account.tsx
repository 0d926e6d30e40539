import { A, useSearchParams } from "@solidjs/router";
import { For, Match, Switch } from "solid-js";
import { chooseTheme, type Theme, theme } from "../../lib/theme";
import { t } from "../../texts";
import { TabPanel, Tabs } from "../../ui/parts";
import { Title } from "../../ui/title";
import { Log } from "./log";
import { Profile } from "./profile";
import { Security } from "./security";
import { Sessions } from "./sessions";
import { Tokens } from "./tokens";

const TABS = ["profile", "security", "sessions", "tokens", "log"] as const;
const THEMES: readonly Theme[] = ["system", "dark", "light"];

export default function Account() {
  const [search, setSearch] = useSearchParams<{ tab?: string }>();
  const tab = () => TABS.find((one) => one === search.tab) ?? "profile";
  return (
    <>
      <div class="title-row">
        <Title text={t.account.title} />
        <A class="button" href="/billing">
          {t.billing.title}
        </A>
        <div class="segmented" role="radiogroup" aria-label={t.account.theme}>
          <For each={THEMES}>
            {(one) => (
              <label>
                <input type="radio" name="theme" checked={theme() === one} onChange={() => chooseTheme(one)} />
                {t.themes[one]}
              </label>
            )}
          </For>
        </div>
      </div>
      <Tabs
        tabs={TABS.map((id) => [id, t.account.tabs[id]] as const)}
        current={tab()}
        onPick={(id) => setSearch({ tab: id }, { replace: true })}
      />
      <TabPanel current={tab()}>
        <Switch>
          <Match when={tab() === "profile"}>
            <Profile />
          </Match>
          <Match when={tab() === "security"}>
            <Security />
          </Match>
          <Match when={tab() === "sessions"}>
            <Sessions />
          </Match>
          <Match when={tab() === "tokens"}>
            <Tokens />
          </Match>
          <Match when={tab() === "log"}>
            <Log />
          </Match>
        </Switch>
      </TabPanel>
    </>
  );
}
