import { replayOp } from "../support/oracle/ops.ts";
import { replayFile } from "../support/oracle/replay.ts";

replayFile("ops.json", replayOp);
