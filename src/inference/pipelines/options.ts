/** What the pipelines about pictures are made with. */

/** What the time of works about pictures goes into. */
type PictureStage = 'decode' | 'encode' | 'answer' | 'verify' | 'picture' | 'words';

export interface PipelineOptions {
  /** Most rows of a model's pass, a power of two; 8 when left out. */
  maxBatch?: number;
  /** Called after every pass of a model with its stage, the rows it had and the milliseconds it took. */
  onPass?: (stage: PictureStage, rows: number, ms: number) => void;
}
