import { replayFlow } from "../support/oracle/flows/replay.ts";
import { replayFile } from "../support/oracle/replay.ts";

replayFile("flows.json", replayFlow);
