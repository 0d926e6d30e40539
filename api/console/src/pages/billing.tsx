import { isProblem, type Schemas } from "@blockbotx/client";
import { useSearchParams } from "@solidjs/router";
import { For, Match, Show, Switch } from "solid-js";
import { api, newKey, unwrap } from "../lib/api";
import { exact } from "../lib/money";
import { useQuery } from "../lib/query";
import { day } from "../lib/time";
import { t } from "../texts";
import { ErrorBox } from "../ui/error";
import { createAction } from "../ui/form";
import { Loading } from "../ui/parts";
import { Table } from "../ui/table";
import { Title } from "../ui/title";

export default function Billing() {
  const [search] = useSearchParams<{ checkout?: string }>();
  const subscription = useQuery(() => ({
    queryKey: ["billing", "subscription"],
    queryFn: () => unwrap(api.GET("/api/v1/billing/subscription")),
  }));
  return (
    <>
      <div class="title-row">
        <Title text={t.billing.title} />
      </div>
      <Show when={search.checkout === "success"}>
        <p class="notice good">{t.billing.thanks}</p>
      </Show>
      <Show when={search.checkout === "cancelled"}>
        <p class="notice">{t.billing.cancelled}</p>
      </Show>
      <Switch fallback={<Loading />}>
        <Match when={isProblem(subscription.error, "billing_disabled")}>
          <p class="notice">{t.billing.off}</p>
        </Match>
        <Match when={subscription.error}>
          <ErrorBox error={subscription.error} retry={() => subscription.refetch()} />
        </Match>
        <Match when={subscription.data}>
          {(found) => (
            <>
              <Current subscription={found()} />
              <Plans current={found().plan} />
              <Invoices />
            </>
          )}
        </Match>
      </Switch>
    </>
  );
}

function Current(props: { subscription: Schemas["CurrentSubscription"] }) {
  const portal = createAction(async () => {
    location.href = (await unwrap(api.POST("/api/v1/billing/portal"))).url;
  });
  const limits = () => {
    const { entitlements, usage } = props.subscription;
    return [
      [t.billing.bots, usage.bots, entitlements.max_bots],
      [t.billing.deals, usage.active_deals, entitlements.max_active_deals],
      [t.billing.connections, usage.connections, entitlements.max_connections],
    ] as const;
  };
  return (
    <section class="card">
      <h2>
        {props.subscription.plan}{" "}
        <small class="faint">{t.subscription[props.subscription.status] ?? props.subscription.status}</small>
      </h2>
      <Show when={props.subscription.current_period_end}>
        {(end) => (
          <p>{props.subscription.cancel_at_period_end ? t.billing.ends(day(end())) : t.billing.renews(day(end()))}</p>
        )}
      </Show>
      <Show when={props.subscription.grace_until}>
        {(until) => <p class="notice bad">{t.billing.grace(day(until()))}</p>}
      </Show>
      <dl class="facts">
        <For each={limits()}>
          {([label, used, limit]) => (
            <div>
              <dt>{label}</dt>
              <dd>
                {used} / {limit ?? t.billing.unlimited}
              </dd>
            </div>
          )}
        </For>
      </dl>
      <ErrorBox error={portal.error()} />
      <Show when={props.subscription.status !== "none"}>
        <button type="button" class="button" disabled={portal.isBusy()} onClick={() => void portal.act()}>
          {t.billing.portal}
        </button>
      </Show>
    </section>
  );
}

function Plans(props: { current: string }) {
  const plans = useQuery(() => ({
    queryKey: ["billing", "plans"],
    queryFn: () => unwrap(api.GET("/api/v1/billing/plans")),
  }));
  const buy = createAction(async (plan: string) => {
    const answer = await unwrap(
      api.POST("/api/v1/billing/checkout", { body: { plan }, params: { header: { "Idempotency-Key": newKey() } } }),
    );
    location.href = answer.url;
  });
  return (
    <>
      <ErrorBox error={plans.error} retry={() => plans.refetch()} />
      <ErrorBox error={buy.error()} />
      <div class="cards">
        <For each={plans.data?.data ?? []}>
          {(plan) => (
            <article class="card">
              <h2>{plan.name}</h2>
              <p>{plan.description}</p>
              <p class="plan-price">
                <Show when={plan.price} fallback={t.billing.free}>
                  {(price) => `${exact(price().amount)} ${price().currency.toUpperCase()} / ${price().interval}`}
                </Show>
              </p>
              <Show when={plan.can_be_bought && plan.id !== props.current}>
                <button
                  type="button"
                  class="button primary"
                  disabled={buy.isBusy()}
                  onClick={() => void buy.act(plan.id)}
                >
                  {t.billing.choose(plan.name)}
                </button>
              </Show>
            </article>
          )}
        </For>
      </div>
    </>
  );
}

function Invoices() {
  const invoices = useQuery(() => ({
    queryKey: ["billing", "invoices"],
    queryFn: () => unwrap(api.GET("/api/v1/billing/invoices", { params: { query: { limit: 50 } } })),
  }));
  return (
    <section>
      <h2>{t.billing.invoices}</h2>
      <ErrorBox error={invoices.error} retry={() => invoices.refetch()} />
      <Table
        label={t.billing.invoices}
        rows={invoices.data?.data ?? []}
        empty={t.billing.noInvoices}
        columns={[
          { label: t.billing.number, cell: (row) => row.number ?? "–" },
          { label: t.fills.at, cell: (row) => (row.created_at ? day(row.created_at) : "–") },
          {
            label: t.billing.due,
            isNumber: true,
            cell: (row) => `${exact(row.amount_due, 2)} ${row.currency.toUpperCase()}`,
          },
          {
            label: t.billing.paid,
            isNumber: true,
            cell: (row) => `${exact(row.amount_paid, 2)} ${row.currency.toUpperCase()}`,
          },
          {
            label: t.billing.document,
            cell: (row) => (
              <Show when={row.hosted_url} fallback="–">
                {(url) => (
                  <a href={url()} target="_blank" rel="noopener noreferrer">
                    {t.billing.show}
                  </a>
                )}
              </Show>
            ),
          },
        ]}
      />
    </section>
  );
}
