/** What of a picture of boxes everything agrees on; src/grid.ts has the same of a grid. */

/** x0, y0, x1, y1 in 0..1. */
export const BOX_NUMBERS = 4;
/** As bottom-up attention proposes of a picture (Anderson et al. 2018), and LXMERT and UNITER see. */
export const USUAL_BOXES = 36;
export const MOST_BOXES = 100;
