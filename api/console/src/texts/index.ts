/** Every word that the console says by itself. What the server says is shown as it comes. */
import { account } from "./account";
import { billing } from "./billing";
import { bots } from "./bots";
import { connections } from "./connections";
import { create } from "./create";
import { frame } from "./frame";

export const t = { ...frame, ...bots, ...create, ...connections, ...account, ...billing };
