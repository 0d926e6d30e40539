import { isProblem, type Schemas } from "@blockbotx/client";
import { createEffect, createSignal, Show } from "solid-js";
import { api, unwrap } from "../lib/api";
import { fieldsOf } from "../lib/problem";
import { answerStepUp, isAsked } from "../lib/step-up";
import { t } from "../texts";
import { Dialog } from "./dialog";
import { ErrorBox } from "./error";
import { createAction, Form, Input } from "./form";

/** Asks for a code, or the password where there is no second factor. What was refused is sent again afterwards. */
export function StepUp() {
  return (
    <Dialog title={t.stepUp.title} isOpen={isAsked()} onClose={() => answerStepUp(false)}>
      <Ask />
    </Dialog>
  );
}

function Ask() {
  const [needsCode, setNeedsCode] = createSignal<boolean | null>(null);
  const [text, setText] = createSignal("");
  createEffect(() => {
    unwrap(api.GET("/api/v1/auth/totp")).then(
      (totp) => setNeedsCode(totp.enabled),
      () => setNeedsCode(false),
    );
  });
  const send = createAction(async () => {
    const body: Schemas["StepUpRequest"] = needsCode() ? { code: text().trim() } : { password: text() };
    try {
      await unwrap(api.POST("/api/v1/auth/step-up", { body }));
    } catch (error) {
      if (isProblem(error, "second_factor_required")) setNeedsCode(true);
      throw error;
    }
    answerStepUp(true);
  });
  const wrong = () => fieldsOf(send.error())[needsCode() ? "/code" : "/password"];
  return (
    <Form onSend={() => void send.act()}>
      <p>{needsCode() ? t.stepUp.code : t.stepUp.password}</p>
      <Show when={needsCode() !== null}>
        <Input
          label={needsCode() ? t.auth.code : t.auth.password}
          type={needsCode() ? "text" : "password"}
          inputmode={needsCode() ? "numeric" : undefined}
          autocomplete={needsCode() ? "one-time-code" : "current-password"}
          autofocus
          value={text()}
          onText={setText}
          error={wrong()}
        />
      </Show>
      <ErrorBox error={send.error()} known={(pointer) => pointer === "/code" || pointer === "/password"} />
      <div class="dialog-foot">
        <button type="button" class="button" onClick={() => answerStepUp(false)}>
          {t.cancel}
        </button>
        <button type="submit" class="button primary" disabled={send.isBusy() || text() === ""}>
          {t.stepUp.confirm}
        </button>
      </div>
    </Form>
  );
}
