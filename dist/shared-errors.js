import {
  ToldError
} from "./shared-proxy.js";

// action/src/store/errors.ts
var ReadError = class extends ToldError {
  name = "ReadError";
  /** What it was too much of, where less of the same may well be had: half the rows, or half the keys. */
  tooMuch;
  /** Whether a value was asked for that the column cannot hold, so that no row has it. */
  isImpossible;
};
var BudgetError = class extends Error {
  name = "BudgetError";
  constructor(options) {
    super(void 0, options);
  }
};
var isOutOfTime = (error) => error instanceof BudgetError || error instanceof ReadError && error.tooMuch === "time";

export {
  ReadError,
  BudgetError,
  isOutOfTime
};
