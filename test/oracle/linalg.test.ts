import { replayLinearAlgebra } from "../support/oracle/linalg.ts";
import { replayFile } from "../support/oracle/replay.ts";

replayFile("linalg.json", replayLinearAlgebra);
