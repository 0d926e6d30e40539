import { createEffect, createSignal, Show } from "solid-js";
import { api, newKey, queries, unwrap } from "../../lib/api";
import type { Bot } from "../../lib/data";
import { isFresh } from "../../lib/live";
import { assets } from "../../lib/money";
import { fieldsOf } from "../../lib/problem";
import { t } from "../../texts";
import { Dialog } from "../../ui/dialog";
import { ErrorBox } from "../../ui/error";
import { createAction, Form, Input } from "../../ui/form";

/** Buys more base for an open deal. */
export function AddFunds(props: { bot: Bot; number: number; isReal: boolean; onClose: () => void }) {
  const [amount, setAmount] = createSignal("");
  const [price, setPrice] = createSignal("");
  const unit = () => assets(props.bot.symbol).quote;
  const body = () => ({ amount: amount().trim(), ...(price().trim() && { price: price().trim() }) });
  let key = newKey();
  // Another order is another attempt.
  createEffect(() => {
    JSON.stringify(body());
    key = newKey();
  });
  const add = createAction(async () => {
    await unwrap(
      api.POST("/api/v1/bots/{id}/deals/{number}/add-funds", {
        params: { path: { id: props.bot.id, number: props.number }, header: { "Idempotency-Key": key } },
        body: body(),
      }),
    );
    await queries.invalidateQueries({ queryKey: ["bot", props.bot.id] });
    props.onClose();
  });
  const wrong = () => fieldsOf(add.error());
  return (
    <Dialog title={t.deals.funding.title(props.number)} isOpen onClose={props.onClose}>
      <Form onSend={() => void add.act()}>
        <p>{t.deals.funding.text}</p>
        <Show when={props.isReal}>
          <p class="notice bad">{t.actions.real}</p>
        </Show>
        <Input
          label={t.deals.funding.amount}
          inputmode="decimal"
          unit={unit()}
          value={amount()}
          onText={setAmount}
          error={wrong()["/amount"]}
        />
        <Input
          label={t.deals.funding.price}
          hint={t.deals.funding.priceHint}
          inputmode="decimal"
          unit={unit()}
          value={price()}
          onText={setPrice}
          error={wrong()["/price"]}
        />
        <ErrorBox error={add.error()} known={(pointer) => pointer === "/amount" || pointer === "/price"} />
        <div class="dialog-foot">
          <button type="button" class="button" onClick={() => props.onClose()}>
            {t.cancel}
          </button>
          <button
            type="submit"
            class="button primary"
            disabled={add.isBusy() || amount().trim() === "" || !isFresh()}
            title={isFresh() ? undefined : t.pill.waits}
          >
            {t.deals.funding.button}
          </button>
        </div>
      </Form>
    </Dialog>
  );
}
