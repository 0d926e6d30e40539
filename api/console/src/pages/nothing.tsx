import { t } from "../texts";
import { Empty } from "../ui/parts";

export default function Nothing() {
  return <Empty text={t.nothing} action={t.nav.bots} href="/bots" />;
}
