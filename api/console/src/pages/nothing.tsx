import { t } from "../texts";
import { Empty } from "../ui/parts";
import { Title } from "../ui/title";

export default function Nothing() {
  return (
    <>
      <Title text={t.nothingTitle} />
      <Empty text={t.nothing} action={t.nav.bots} href="/bots" />
    </>
  );
}
