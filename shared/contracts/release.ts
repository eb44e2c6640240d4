/** The version of this seabus, as `package.json` has it; a data file says which wrote it. */
export const RELEASE = '0.3.0'
