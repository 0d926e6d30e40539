import { isProblem } from "@blockbotx/client";
import { A } from "@solidjs/router";
import { Show } from "solid-js";
import { admin as words } from "../../texts/admin";
import { ErrorBox } from "../../ui/error";

/** What went wrong, and where an admin without a second factor gets one. */
export function Refused(props: { error: unknown; retry?: () => void }) {
  return (
    <>
      <ErrorBox error={props.error} {...(props.retry && { retry: props.retry })} />
      <Show when={isProblem(props.error, "admin_factor_required")}>
        <A class="button" href="/account?tab=security">
          {words.factor}
        </A>
      </Show>
    </>
  );
}
