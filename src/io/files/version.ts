/** The version of the library, which files say they were written by. */
export const VERSION = "0.2.0";
