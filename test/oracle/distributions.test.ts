import { replayDistribution } from "../support/oracle/distributions.ts";
import { replayFile } from "../support/oracle/replay.ts";

replayFile("distributions.json", replayDistribution);
