import Type from 'typebox';

export const extractOutline = {
  name: 'extract',
  description: 'features of the pictures of a directory, as files of features',
  hyperparameters: Type.Object({
    images_per_file: Type.Integer({
      minimum: 1,
      maximum: 100_000,
      default: 1000,
      description: 'Pictures of a file; while it is made, it takes twice its size',
    }),
  }),
};
