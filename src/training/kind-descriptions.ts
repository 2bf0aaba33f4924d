/** What each kind of training is for. What it can be told lies apart: TypeBox takes longer to load than all else. */
export const KIND_DESCRIPTIONS = {
  'grid-encoder': 'image → 8 × 8 features, from labels of object, colour, part and background',
  'visual-vocabulary': 'k-means over grid features',
  generator: 'visual codes → image, of scenes or of pictures',
  pretrain: 'X-LXMERT, X-UNITER, their baselines and ablations on captions, questions and codes of pictures',
  vqa: 'X-LXMERT or X-UNITER fine-tuned on questions about scenes',
  gqa: 'X-LXMERT or X-UNITER fine-tuned on questions of several steps',
  nlvr2: 'X-LXMERT or X-UNITER fine-tuned on statements about pairs',
  recogniser: 'image → objects with class, colour and place: the judge of painted scenes',
  'drawing-encoder':
    'drawings by others → the features that a grid encoder of scenes has of the same things, by a head on a pretrained one',
  'picture-router':
    'tells photographs of a directory from drawn scenes, so that each reaches a model that knows it',
  extract: 'features of the pictures of a directory, as files of features',
} as const;
