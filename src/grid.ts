/** The grid of the paper: a picture is seen, and painted, as GRID × GRID cells. */
export const GRID = 8;
export const CELLS = GRID * GRID;
