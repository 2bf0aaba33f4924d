/** What the pipelines about pictures are made with. */

export interface PipelineOptions {
  /** Most rows of a model run, a power of two; 8 when left out. */
  maxBatch?: number;
  /** Called after every model run with its stage, the rows it had and the milliseconds it took. */
  onRun?: (stage: 'see' | 'answer' | 'judge' | 'picture' | 'words', rows: number, ms: number) => void;
}
