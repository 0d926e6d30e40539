import type { Schemas } from "@blockbotx/client";
import { For, Show } from "solid-js";
import { api, unwrap } from "../../lib/api";
import { useQuery } from "../../lib/query";
import { t } from "../../texts";
import { ErrorBox } from "../../ui/error";
import { Loading } from "../../ui/parts";
import { sentences } from "./rules";

/** A configuration to begin with; a preset has a name. */
export interface Base {
  name: string;
  config: Schemas["BotConfig"];
}

/** The strategies that the server has to begin with. */
export function Presets(props: { chosen: string | null; onChoose: (preset: Base) => void }) {
  const presets = useQuery(() => ({
    queryKey: ["presets"],
    queryFn: async () => (await unwrap(api.GET("/api/v1/bots/presets"))).data,
    staleTime: 300_000,
  }));
  return (
    <fieldset class="choices">
      <legend>{t.strategies.presets}</legend>
      <ErrorBox error={presets.error} retry={() => presets.refetch()} />
      <Show when={presets.data || presets.error} fallback={<Loading />}>
        <div class="kinds">
          <For each={presets.data?.filter(({ config }) => config.type === "strategy")}>
            {(one) => (
              <label class="kind">
                <input
                  type="radio"
                  name="preset"
                  checked={props.chosen === one.name}
                  onChange={() => props.onChoose(JSON.parse(JSON.stringify(one)) as Base)}
                />
                <strong>{one.title}</strong>
                <small>{one.description}</small>
              </label>
            )}
          </For>
        </div>
      </Show>
      <Show when={props.chosen === null}>
        <p class="hint">{t.strategies.none}</p>
      </Show>
    </fieldset>
  );
}

/** When it opens and closes deals, in words. */
export function Rules(props: { config: object }) {
  return (
    <div class="rules">
      <For each={sentences(props.config)}>
        {({ lead, conditions }) => (
          <section>
            <h3>{lead}</h3>
            <ul>
              <For each={conditions}>{(condition) => <li>{condition}</li>}</For>
            </ul>
          </section>
        )}
      </For>
    </div>
  );
}
