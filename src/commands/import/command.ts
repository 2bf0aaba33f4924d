import { defineCommand } from '../define-command.ts';
import { needed, text } from '../flag.ts';

export const importModel = defineCommand({
  name: 'import',
  usage: { 'import --from <file or folder> --as <id>': 'make a published model a checkpoint of the zoo' },
  about: `Reads files of torch.save (legacy and zip layout; nothing in them is ever run) and safetensors, with the names of
X-LXMERT, LXMERT (the authors' and Hugging Face's), UNITER, the paper's generator, and the detector of its grid features
(maskrcnn-benchmark), which models imported after it can name, the Inception of FID (pytorch-fid, torch-fidelity), and
torchvision's ResNet-50, 101 and 152 for the generator's perceptual loss.
A .npy of centroids is a visual vocabulary. A JSON is a picture encoder: a graph model of
TensorFlow.js, or a list of backbones and of their maps that become features.`,
  flags: {
    from: needed("weights, or a folder of Hugging Face's layout (config.json, model.safetensors, …)", {
      value: 'path',
    }),
    as: needed('id in the zoo, or <model>/<variant>', { value: 'id' }),
    config: text('config.json; without one, sizes follow from the weights', { value: 'file' }),
    centroids: text('the visual vocabulary, where the weights lack it; of a generator, what it paints', {
      value: 'file.npy',
    }),
    generator: text("the generator to paint with: G_60.pth, or the folder of one of the zoo's", {
      value: 'path',
    }),
    vocab: text('vocab.txt (bert-base-uncased)', { value: 'file' }),
    answers: text('answers of a QA head: a line each, or JSON (label2ans, ans2label)', { value: 'file' }),
    'grid-encoder': text('hosted grid encoder or detector that makes the features the model sees', {
      value: 'path',
    }),
    pictures: text('of a picture encoder: what its features are standardised over', { value: 'folder' }),
  },
  settings: ['data-dir', 'checkpoints-dir'],
});
