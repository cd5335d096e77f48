import { replayOptimizer } from "../support/oracle/optim.ts";
import { replayFile } from "../support/oracle/replay.ts";

replayFile("optim.json", replayOptimizer);
