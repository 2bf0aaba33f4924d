// Written by `npm run generate` from openapi/openapi.json. Do not change it here.
export interface paths {
    "/v1/generate-image": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Paint images from captions
         * @description Everything as JSON, files in base64. With an Accept header of `image/png`, `image/jpeg`, `image/webp` or
         *     `text/event-stream` the answer is that of the next two operations.
         *
         *     The same request with the same seed gives the same bytes on the same engine. A client that hangs up ends its own
         *     work, unless it asked for `store`.
         */
        post: operations["paintImage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/generate-image/file": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Paint one image and answer with its file
         * @description In the `format` of the request, or in that of the Accept header; what else is known of it stands in `x-…` headers.
         *
         *     The same request with the same seed gives the same bytes on the same engine. A client that hangs up ends its own
         *     work, unless it asked for `store`.
         */
        post: operations["paintImageFile"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/generate-image/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Paint images and watch them grow
         * @description Server-sent events: `step` after every sampling step with the picture so far (a PaintStep), then `completed` with
         *     the JSON answer of `paintImage`, or `error`.
         *
         *     The same request with the same seed gives the same bytes on the same engine. A client that hangs up ends its own
         *     work, unless it asked for `store`.
         */
        post: operations["paintImageStream"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/generate-image/strip": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Paint one image and show it in the making
         * @description One picture, side by side after some of its sampling steps, as in the paper's Figure 4: 140 steps at random unless told. A sampler that writes a cell once has fewer of the default steps to show.
         */
        post: operations["paintImageStrip"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/caption": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Caption an image
         * @description Several captions of one image that differ, each beginning with the words of `prefix`, each with a score by
         *     which the best can be chosen. The same request with the same seed gives the same captions on the same engine.
         */
        post: operations["captionImage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/caption/upload": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Caption an uploaded file
         * @description Several captions of one image that differ, each beginning with the words of `prefix`, each with a score by
         *     which the best can be chosen. The same request with the same seed gives the same captions on the same engine.
         */
        post: operations["captionUpload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/caption/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Caption an image and get every caption as it is there
         * @description Server-sent events: `caption` for every caption, in their order (a CaptionEvent), then `completed` with the JSON
         *     answer of `captionImage`, or `error`. Forms are read, too; `/v1/caption` answers so to `Accept: text/event-stream`.
         */
        post: operations["captionImageStream"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/vqa": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Answer a question about an image */
        post: operations["answerQuestion"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/vqa/upload": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Answer a question about an uploaded file */
        post: operations["answerQuestionOnUpload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/vqa/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Answer a question about an image, as events */
        post: operations["answerQuestionStream"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/nlvr2": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Judge a statement about two images */
        post: operations["judgeStatement"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/nlvr2/upload": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Judge a statement about two uploaded files */
        post: operations["judgeStatementOnUploads"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/nlvr2/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Judge a statement about two images, as an event */
        post: operations["judgeStatementStream"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reconstruct": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Reconstruct an image from its visual codes
         * @description What is left of a picture in the visual codes of a model that paints, as in the paper's Figure 2: the grid encoder
         *     sees it, each cell is given its nearest code, and the generator paints the codes. With an Accept header of `image/png`,
         *     `image/jpeg` or `image/webp` the answer is the file alone.
         */
        post: operations["reconstructImage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reconstruct/upload": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Reconstruct an uploaded file from its visual codes
         * @description What is left of a picture in the visual codes of a model that paints, as in the paper's Figure 2: the grid encoder
         *     sees it, each cell is given its nearest code, and the generator paints the codes. With an Accept header of `image/png`,
         *     `image/jpeg` or `image/webp` the answer is the file alone.
         */
        post: operations["reconstructUpload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the hosted models */
        get: operations["listModels"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One model */
        get: operations["getModel"];
        put?: never;
        post?: never;
        /**
         * Delete a model with its files
         * @description Of a model that was promoted or imported, which others do not build on. What it is working on is finished first.
         */
        delete: operations["deleteModel"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{id}/load": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Load a model, or load its files again
         * @description Answers when the model is ready.
         */
        post: operations["loadModel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{id}/unload": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give its memory back
         * @description Answers when it is done; what the model is working on is finished first.
         */
        post: operations["unloadModel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List runs, newest first */
        get: operations["listRuns"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One run */
        get: operations["getRun"];
        put?: never;
        post?: never;
        /**
         * Delete a run with its images
         * @description Of a run that has ended. A stored answer to its `Idempotency-Key` stays for the day that it is kept.
         */
        delete: operations["deleteRun"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{id}/image": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A painted image
         * @description Of a run that was asked to store its images (`"store": true`).
         */
        get: operations["getRunImage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/train-jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List training jobs, newest first */
        get: operations["listTrainJobs"];
        put?: never;
        /**
         * Submit a training job
         * @description Everything is checked now, and a job that cannot run is refused: hyperparameters outside their ranges (400), an
         *     unknown data set, a base model that does not fit (422). The job then waits for a worker; the server has one, and
         *     `npm run worker` starts more.
         */
        post: operations["createTrainJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/train-jobs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One training job */
        get: operations["getTrainJob"];
        put?: never;
        post?: never;
        /**
         * Delete a job with its files
         * @description Of a job that does not run. A model that it was promoted to stays.
         */
        delete: operations["deleteTrainJob"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/train-jobs/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End a job for good
         * @description A running step hears of it within three seconds. Cancelling twice changes nothing.
         */
        post: operations["cancelTrainJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/train-jobs/{id}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stop a job with a checkpoint
         * @description A running step hears of it within three seconds.
         */
        post: operations["pauseTrainJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/train-jobs/{id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Go on with a paused job
         * @description From its checkpoint: the loss curve is that of a job never paused.
         */
        post: operations["resumeTrainJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/train-jobs/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What happened to a job, the oldest first
         * @description With `Accept: text/event-stream` the answer is that of the next operation.
         */
        get: operations["listTrainJobEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/train-jobs/{id}/events/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What happens to a job, as it happens
         * @description Server-sent events as they come (`id`, `event`, and a TrainJobEvent as `data`), until the job has ended and `done`
         *     says so. A client that was cut off sends `Last-Event-ID` and misses nothing; one that has them all is answered 204, at
         *     which an EventSource stops.
         */
        get: operations["streamTrainJobEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/train-jobs/{id}/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Numbers of the steps of a job */
        get: operations["getTrainJobMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/train-jobs/{id}/plot": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A picture of the curves of a metric */
        get: operations["plotTrainJobMetric"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/train-jobs/{id}/samples": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Sample sheets: pictures of what the model makes, at its checkpoints
         * @description Of the kinds visual-vocabulary, generator and pretrain.
         */
        get: operations["listTrainJobSamples"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/train-jobs/{id}/samples/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A sample sheet */
        get: operations["getTrainJobSample"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/train-jobs/{id}/log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What its processes wrote */
        get: operations["getTrainJobLog"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/train-jobs/{id}/checkpoints": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Checkpoints of a job, the oldest first, and its result */
        get: operations["listTrainJobCheckpoints"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/train-jobs/{id}/checkpoints/{checkpoint}/{file}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Download a file of a checkpoint
         * @description `model.safetensors` of the result is the model; GET …/checkpoints lists what there is.
         */
        get: operations["downloadTrainJobFile"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/train-jobs/{id}/promote": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Host the result as a model
         * @description Answers when the model is ready. Requests to other models go on meanwhile; the model stays when the server starts again, and when the job is deleted. Promoting to the same id again changes nothing.
         */
        post: operations["promoteTrainJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/datasets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The data sets that jobs can be trained on
         * @description The composed scenes, and the directories in `DATA_DIR/datasets`, each read and checked: a large one takes a minute when it is asked for the first time.
         */
        get: operations["listDatasets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/datasets/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Delete a data set with its files
         * @description A directory of `DATA_DIR/datasets` that no waiting, running or paused job is trained on. Of one that was sent (`POST /v1/files`) the file goes too; of a link, what it leads to stays.
         */
        delete: operations["deleteDataset"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images/generations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Paint images, as OpenAI has it
         * @description As OpenAI has it, for its SDKs and what is written for them. `url` keeps the pictures with their run and answers where they
         *     lie. With `stream`, server-sent events: `image_generation.partial_image` for as many sampling steps as `partial_images` says,
         *     then `image_generation.completed`, with a `url` beside the picture where one is asked for. Unknown fields are let through,
         *     and names of OpenAI's models mean the default model.
         */
        post: operations["createImage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images/edits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Paint a part of an image anew, as OpenAI has it
         * @description Paints a part of a picture anew. The picture is encoded into its grid of visual codes; the cells that transparent pixels of
         *     the mask touch are masked and sampled from the prompt, and all others keep their codes (or those in `codes`). The whole picture is then decoded
         *     from its codes, so that what is kept looks as the model sees it, not as the file did. Models that paint and see can do it.
         *     `url`, `stream` (`image_edit.partial_image`, `image_edit.completed`) and names of models are as in the operation above.
         */
        post: operations["editImage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/chat/completions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Talk about images, as OpenAI has it
         * @description As OpenAI has it, for its SDKs and what is written for them: an image and a question (VQA), an image alone, or "describe
         *     it" (a caption), two images and a statement (NLVR2: "true" or "false"). Unknown fields are let through, and names of OpenAI's
         *     models mean the default model. With `stream`, chunks as server-sent events.
         */
        post: operations["createChatCompletion"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/responses": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Talk about images, as OpenAI’s Responses have it
         * @description The same as /v1/chat/completions in the newer form. Answers are not kept: `previous_response_id` is refused.
         */
        post: operations["createResponse"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/files": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Files that were sent, newest first */
        get: operations["listFiles"];
        put?: never;
        /**
         * Send a data set to train on
         * @description What is sent is a data set, and is checked at once: one with faults is refused with them (422), and nothing of it stays.
         *     `GET /v1/datasets` lists it, `/v1/train-jobs` and `/v1/fine_tuning/jobs` train on it. A zip has the folders of
         *     a data set (`images/` and `vqa/`, `gqa/`, `nlvr2/` or `lxmert/` with `train.json` and `valid.json`). JSON lines have a
         *     conversation each: a picture with a question and its answer, a picture with its caption, or two pictures with a
         *     statement and "true" or "false".
         */
        post: operations["uploadFile"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/files/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One file */
        get: operations["getFile"];
        put?: never;
        post?: never;
        /** Delete a file with its data set */
        delete: operations["deleteFile"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/files/{id}/content": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A file as it was sent */
        get: operations["downloadFile"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/fine_tuning/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Jobs, newest first */
        get: operations["listFineTuningJobs"];
        put?: never;
        /**
         * Tune a model on a file, as OpenAI has it
         * @description As OpenAI has it: a file that was sent (or any other data set) becomes a model that answers questions, judges
         *     statements or captions. It is the training job of the same id under another name; when it has succeeded, its result is hosted as
         *     `fine_tuned_model`. `pause` and `resume` work as with OpenAI.
         */
        post: operations["createFineTuningJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/fine_tuning/jobs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One job */
        get: operations["getFineTuningJob"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/fine_tuning/jobs/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End a job for good */
        post: operations["cancelFineTuningJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/fine_tuning/jobs/{id}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stop a job with a checkpoint */
        post: operations["pauseFineTuningJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/fine_tuning/jobs/{id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Go on with a paused job */
        post: operations["resumeFineTuningJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/fine_tuning/jobs/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What happened to a job, the oldest first */
        get: operations["listFineTuningEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/fine_tuning/jobs/{id}/checkpoints": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Checkpoints of a job, the newest first */
        get: operations["listFineTuningCheckpoints"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/evaluations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What evaluations measured, newest first */
        get: operations["listEvaluations"];
        put?: never;
        /**
         * Evaluate a model
         * @description A job of the kind `evaluate`, in the queue of the training jobs: watch, cancel and read it at /v1/train-jobs/{id}. When it is done, its numbers are at GET /v1/evaluations and in the model.
         */
        post: operations["createEvaluation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/studies": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List studies, newest first */
        get: operations["listStudies"];
        put?: never;
        /**
         * Ask people about pictures
         * @description Its pictures are made at once, in the background: GET /v1/studies/{id} says how far they are. People answer at the
         *     `url`, in a browser, without an API key: each item goes to the one who has it least, one answer a person an item.
         */
        post: operations["createStudy"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/studies/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One study */
        get: operations["getStudy"];
        put?: never;
        post?: never;
        /** Delete a study with its pictures and answers */
        delete: operations["deleteStudy"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/studies/{id}/results": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What the answers come to so far
         * @description Words are compared by their lemmas. HUMMUS counts the items of which more than half of the people gave the hidden word; items that nobody answered count nowhere.
         */
        get: operations["getStudyResults"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/studies/{id}/answers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every answer, as a table */
        get: operations["getStudyAnswers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/studies/{id}/items": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The items, as a table to put into Mechanical Turk
         * @description What people are to be shown, without the truth: `item`, `text`, and the addresses of the pictures, which want your API key. Its results come back by POST …/import.
         */
        get: operations["getStudyItems"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/studies/{id}/items/{item}/{side}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A picture of an item, on the side where Mechanical Turk shows it */
        get: operations["getStudyPicture"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/studies/{id}/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take answers from Mechanical Turk
         * @description All of the file or, where a row is wrong, nothing. Rejected assignments do not count; the same file twice adds nothing.
         */
        post: operations["importStudyAnswers"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List webhooks, newest first */
        get: operations["listWebhooks"];
        put?: never;
        /**
         * Be told when work ends
         * @description From now on it is told of the ends of training jobs, and of runs that go on without their client (`Prefer: respond-async`, or
         *     `store`). Messages are those of the Standard Webhooks specification: `webhook-id`, `webhook-timestamp` and
         *     `webhook-signature` (v1, HMAC-SHA256), which its libraries verify with the `secret`. One that is not answered with 2xx is
         *     sent again after 5 s, 30 s, 5 min, 30 min, and so on for a day and a half; redirects are not followed.
         */
        post: operations["createWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One webhook */
        get: operations["getWebhook"];
        put?: never;
        post?: never;
        /**
         * Delete a webhook
         * @description What is due to it is not sent any more.
         */
        delete: operations["deleteWebhook"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was sent to a webhook, newest first */
        get: operations["listWebhookDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who changed what, newest first
         * @description Every request that changed models, jobs, data sets, files, studies or webhooks, or deleted runs, and those that were refused (403, 409, 422) or failed; keys that were made and revoked on the command line. Kept for `KEEP_DAYS`.
         */
        get: operations["listAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The process answers */
        get: operations["getLiveness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Database reachable, space on its disk, inference process alive, models loaded
         * @description Models that are wanted at the start are waited for once. Later one that can be used, or be loaded by the next request, will do.
         */
        get: operations["getReadiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Prometheus metrics
         * @description Requests, queue depth, batch sizes, queue and compute times, event-loop lag, memory of each process.
         */
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        AuditEvent: {
            id: string;
            /** @enum {string} */
            object: "audit_event";
            /** Format: date-time */
            created_at: string;
            key_id: string | null;
            request_id: string | null;
            /** @description Of HTTP, or `CLI`. */
            method: string;
            /** @description The operation by its name in this document. */
            action: string;
            object_id: string | null;
            made_id: string | null;
            status: number | null;
            error_code: string | null;
        };
        AuditEventList: {
            /** @enum {string} */
            object: "list";
            data: components["schemas"]["AuditEvent"][];
            first_id: string | null;
            last_id: string | null;
            /** @description Ask again with `after` set to `last_id`. */
            has_more: boolean;
        };
        /**
         * @example {
         *       "id": "run_01m8kmg2nj3xxftttz2rd435gh",
         *       "model": "x-lxmert-scenes",
         *       "revision": "88e46f70b7d9865618e28f8d56fb7ca979942ce6b693d886ce84e40900fd1082",
         *       "engine": "onnxruntime-cpu-auto",
         *       "captions": [
         *         {
         *           "text": "A giraffe",
         *           "score": -0.299,
         *           "seed": 1
         *         },
         *         {
         *           "text": "A giraffe and a car in a grass",
         *           "score": -0.722,
         *           "seed": 2
         *         }
         *       ],
         *       "truncated": false,
         *       "unknown_words": [],
         *       "timing": {
         *         "queue_ms": 0.05,
         *         "compute_ms": 4098.38
         *       }
         *     }
         */
        CaptionAnswer: {
            id: string | null;
            /**
             * @description `false` when a full disk has kept the result from being recorded; else left out.
             * @enum {boolean}
             */
            recorded?: false;
            model: string;
            /** @description Content hash of the checkpoint and its components. */
            revision: string;
            engine: string;
            /** @description In the order of their seeds. */
            captions: {
                text: string;
                /** @description Captions of one image can be compared by it; higher is better, 0 the best there is. */
                score: number;
                /** @description Captioning once with this seed gives the same text. */
                seed: number;
            }[];
            /** @description The prefix was longer than the model reads and was cut. */
            truncated: boolean;
            /** @description Words of the prefix, in lower case, that the model's vocabulary has neither whole nor in longer pieces: it cannot know what they mean. */
            unknown_words: string[];
            timing: components["schemas"]["Timing"];
        };
        CaptionEvent: {
            /** @description Of the caption in the answer. */
            index: number;
            text: string;
            /** @description Captions of one image can be compared by it; higher is better, 0 the best there is. */
            score: number;
            /** @description Captioning once with this seed gives the same text. */
            seed: number;
        };
        CaptionRequest: {
            /** @description base64, bare or as a data URL; or an http(s) address, on a host that the operator allows. PNG, JPEG, WebP, GIF (its first frame) or AVIF; at most 20 MB and 40 megapixels. */
            image: string;
            /**
             * @description The words that the caption begins with. "What" and "Where" make it a question; may be empty. An "A" or "An" at its end becomes the one that the next word wants.
             * @default A
             */
            prefix?: string;
            /**
             * @description Captions, each with a seed of its own.
             * @default 1
             */
            n?: number;
            /**
             * @description Most tokens of a caption, its prefix and two that mark its ends among them.
             * @default 20
             */
            max_tokens?: number;
            sampler?: components["schemas"]["CaptionSampler"];
            /** @description Of the first caption; the next ones count up. Default: drawn anew. */
            seed?: number;
            /** @description Default: see `default_for` in GET /v1/models. */
            model?: string;
        };
        /**
         * @description Default: parallel.
         * @example {
         *       "strategy": "gibbs"
         *     }
         */
        CaptionSampler: {
            /** @description In which order the words are written. Default: parallel (several words at a time, in all lengths at once); confidence (the surest word first) with steps above 1. */
            strategy?: components["schemas"]["CaptionStrategy"];
            /** @description How often every word is drawn. Default: 3 for gibbs, else 1. */
            steps?: number;
            /** @description 0 takes the likeliest word. Default: 1 for gibbs and with top_k; 0.5 for n above 1; else 0. */
            temperature?: number;
            /** @description Draw among this many of the likeliest words. Default: all. */
            top_k?: number;
            /** @description The power of its length that a caption's log probability is divided by where several lengths are compared: more gives longer captions. Default: what suits the model for parallel; 1 for the others. */
            length_penalty?: number;
        };
        /** @enum {string} */
        CaptionStrategy: "gibbs" | "left-to-right" | "confidence" | "parallel";
        CaptionUpload: {
            /**
             * Format: binary
             * @description PNG, JPEG, WebP, GIF (its first frame) or AVIF; at most 20 MB and 40 megapixels.
             */
            image: Blob;
            /**
             * @description The words that the caption begins with. "What" and "Where" make it a question; may be empty. An "A" or "An" at its end becomes the one that the next word wants.
             * @default A
             */
            prefix?: string;
            /**
             * @description Captions, each with a seed of its own.
             * @default 1
             */
            n?: number;
            /**
             * @description Most tokens of a caption, its prefix and two that mark its ends among them.
             * @default 20
             */
            max_tokens?: number;
            sampler?: components["schemas"]["CaptionSampler"];
            /** @description Of the first caption; the next ones count up. Default: drawn anew. */
            seed?: number;
            /**
             * @description Default: see `default_for` in GET /v1/models.
             * @default
             */
            model?: string;
        };
        /**
         * @example {
         *       "id": "chatcmpl-run_01m8kmg7aw3k45z4mz3wbq0dp7",
         *       "object": "chat.completion",
         *       "created": 1795955367,
         *       "model": "x-lxmert-vqa-scenes",
         *       "system_fingerprint": "fp_bb10150684b8",
         *       "choices": [
         *         {
         *           "index": 0,
         *           "message": {
         *             "role": "assistant",
         *             "content": "red",
         *             "refusal": null
         *           },
         *           "logprobs": null,
         *           "finish_reason": "stop"
         *         }
         *       ],
         *       "usage": {
         *         "prompt_tokens": 5,
         *         "completion_tokens": 1,
         *         "total_tokens": 6
         *       }
         *     }
         */
        ChatCompletion: {
            /** @description `chatcmpl-` and the id of the run, if it is on record. */
            id: string;
            /** @enum {string} */
            object: "chat.completion";
            created: number;
            model: string;
            /** @description The beginning of the revision of the model. */
            system_fingerprint: string;
            choices: {
                index: number;
                message: {
                    /** @enum {string} */
                    role: "assistant";
                    content: string;
                    refusal: null;
                };
                logprobs: {
                    content: {
                        token: string;
                        logprob: number;
                        bytes: null;
                        top_logprobs: {
                            token: string;
                            logprob: number;
                            bytes: null;
                        }[];
                    }[];
                    refusal: null;
                } | null;
                finish_reason: components["schemas"]["FinishReason"];
            }[];
            usage: {
                /** @description Words: these models have tokens of their own. */
                prompt_tokens: number;
                completion_tokens: number;
                total_tokens: number;
            };
            /**
             * @description `false` when a full disk has kept the result from being recorded; else left out.
             * @enum {boolean}
             */
            recorded?: false;
        };
        ChatCompletionRequest: {
            model?: string;
            messages: components["schemas"]["ChatMessage"][];
            /** @description Choices, of captions. */
            n?: number | null;
            seed?: number | null;
            /** @description Of captions. */
            temperature?: number | null;
            /** @description With the logarithm of the probability of the answer. */
            logprobs?: boolean | null;
            /** @description And of so many others. */
            top_logprobs?: number | null;
            stream?: boolean | null;
            stream_options?: {
                include_usage?: boolean;
            } | null;
        };
        ChatMessage: {
            /** @description `user` asks; what others say is not read. */
            role: string;
            content?: string | components["schemas"]["ChatPart"][] | null;
        };
        ChatPart: {
            /** @description `text` or `image_url`; others cannot be read. */
            type: string;
            text?: string;
            image_url?: {
                /** @description A data URL, or an address on a host that the operator allows. */
                url: string;
            };
        };
        Dataset: {
            id: string;
            /** @enum {string} */
            object: "dataset";
            /**
             * @description `scenes`: composed as they are needed. `directory`: files on the server.
             * @enum {string}
             */
            type: "scenes" | "directory";
            description: string;
            parameters: {
                [key: string]: unknown;
            };
            /** @description Kinds of jobs that can be trained on it. */
            kinds: string[];
            /** @description Of a directory, by kind. */
            sizes: {
                [key: string]: {
                    train: {
                        /** @description Questions, statements, or (for `pretrain`) pictures with captions. */
                        examples: number;
                        pictures: number;
                    };
                    validation: {
                        /** @description Questions, statements, or (for `pretrain`) pictures with captions. */
                        examples: number;
                        pictures: number;
                    };
                };
            };
            /** @description It has no faults. */
            usable: boolean;
            /** @description The first ten things that are wrong with it. */
            faults: {
                code: string;
                message: string;
                /** @description In the directory; empty when it is about the directory. */
                file: string;
                /** @description Place in the array of the file, from 0. */
                entry: number | null;
            }[];
            /** @description Of all of them. */
            fault_count: number;
        };
        /** @enum {string} */
        DeliveryStatus: "due" | "delivered" | "given_up";
        /** @description Of the kind drawing-encoder. Those left out get their defaults. */
        DrawingEncoderHyperparameters: {
            /** @default 2400 */
            steps?: number;
            /** @default 32 */
            batch_size?: number;
            /** @default 0.0015 */
            learning_rate?: number;
            /**
             * @description Share of the steps over which the learning rate rises; it falls linearly afterwards
             * @default 0.1
             */
            warmup_ratio?: number;
            /** @default 0.05 */
            weight_decay?: number;
            /** @default 1 */
            max_grad_norm?: number;
            /**
             * @description Steps between checkpoints, validation and sample sheets
             * @default 400
             */
            checkpoint_every?: number;
            /**
             * @description Steps that the engine runs in one call
             * @default 8
             */
            steps_per_call?: number;
            /**
             * @description Of the head
             * @default 256
             */
            width?: number;
            /**
             * @description Of the head, 3 × 3 each
             * @default 3
             */
            blocks?: number;
            /**
             * @description Of the squared distance from the features of base_model, beside what its heads read of them
             * @default 8
             */
            likeness_weight?: number;
            /** @default 0.3 */
            empty_cell_weight?: number;
            /**
             * @description Training scenes, whose features are computed once
             * @default 6144
             */
            scenes?: number;
            /** @default 256 */
            validation_scenes?: number;
            /** @description In place of `steps`: times that as many examples are drawn as there are training scenes. */
            epochs?: number;
        };
        /** @description drawings by others → the features that a grid encoder of scenes has of the same things, by a head on a pretrained one */
        DrawingEncoderTrainJobRequest: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "drawing-encoder";
            /** @description See GET /v1/datasets. */
            dataset: string;
            /** @description A model, or a finished job, whose weights it goes on from. */
            base_model?: string;
            /** @description What else it builds on. Default: what the base model was built on, else the demo zoo. */
            components?: {
                /** @description A grid encoder, or a finished job. */
                grid_encoder?: string;
            };
            hyperparameters?: components["schemas"]["DrawingEncoderHyperparameters"];
            /** @description Default: drawn, and shown in the job. */
            seed?: number;
            /** @description Of the id that its result gets when it is promoted without one. */
            suffix?: string;
            needs?: components["schemas"]["NeedsOfTrainJob"];
            /** @description Up to 16 texts of your own, shown in the job. */
            metadata?: {
                [key: string]: string;
            };
        };
        /** @description Every error has this shape. */
        Error: {
            error: {
                /**
                 * @description - `invalid_json` (400): The body is not valid JSON. Send one JSON object, UTF-8 encoded.
                 *     - `invalid_request` (400): The request does not match its schema. See /docs for the fields and their ranges.
                 *     - `api_key_missing` (401): This server wants an API key. Send "authorization: Bearer <key>".
                 *     - `api_key_invalid` (401): This API key is not known here, or was revoked.
                 *     - `scope_missing` (403): This API key may not do that. Ask for a key with the scope that the message names.
                 *     - `origin_not_allowed` (403): A web page of another site may not change anything here. CORS_ORIGINS opens the server to pages by name.
                 *     - `route_not_found` (404): There is nothing at this address. See /docs for what there is.
                 *     - `model_not_found` (404): There is no such model. GET /v1/models lists the hosted ones.
                 *     - `webhook_not_found` (404): There is no such webhook. GET /v1/webhooks lists them.
                 *     - `run_not_found` (404): There is no such run. GET /v1/runs lists them.
                 *     - `dataset_not_found` (404): There is no such data set. GET /v1/datasets lists them.
                 *     - `job_not_found` (404): There is no such job. GET /v1/train-jobs lists them.
                 *     - `study_not_found` (404): There is no such study. GET /v1/studies lists them.
                 *     - `file_not_found` (404): The job has no such file, or not yet.
                 *     - `sent_file_not_found` (404): There is no such file. GET /v1/files lists them.
                 *     - `image_not_found` (404): This run kept no such image. Ask for "store": true when painting.
                 *     - `method_not_allowed` (405): This address does not take that method. The Allow header lists those that it takes.
                 *     - `not_acceptable` (406): None of the types in the Accept header can be produced. Ask for application/json, text/event-stream, image/png, image/jpeg or image/webp.
                 *     - `request_timeout` (408): The rest of the request did not come in time. Send it again, without a pause.
                 *     - `idempotency_key_in_flight` (409): A request with this Idempotency-Key is still running. Wait for its answer, then repeat.
                 *     - `model_busy` (409): The model is in use or changing its state. Try again in a moment.
                 *     - `run_state` (409): The run has not ended yet. Try again when it has.
                 *     - `job_state` (409): The job is in a state in which this cannot be done.
                 *     - `study_state` (409): The study takes no answers now. GET /v1/studies/{id} says how it stands.
                 *     - `answer_given` (409): This was answered already, or was not asked of you. An answer is given once.
                 *     - `model_exists` (409): There is a model of this id. Choose another one.
                 *     - `model_shipped` (409): This model came with the server. Models that were promoted or imported can be deleted.
                 *     - `dataset_shipped` (409): The scenes are composed as they are needed. Data sets in DATA_DIR/datasets can be deleted.
                 *     - `model_in_use` (409): Another model or a training job is built on this one. Delete or cancel that first.
                 *     - `payload_too_large` (413): The body is too large.
                 *     - `image_too_large` (413): The image is too large: at most 20 MB and 40 megapixels.
                 *     - `unsupported_media_type` (415): The body must be JSON, sent with "content-type: application/json"; where images come in, multipart/form-data is read as well.
                 *     - `image_not_supported` (415): This is not an image in a format that is read. Send PNG, JPEG, WebP, GIF or AVIF.
                 *     - `expectation_failed` (417): The Expect header asks for something else than "100-continue". Leave it out.
                 *     - `host_not_allowed` (421): Without keys the server answers to the names of its own machine alone. ALLOWED_HOSTS adds names to them.
                 *     - `impossible_request` (422): The request is well-formed, but it asks for something that cannot be done.
                 *     - `dataset_unusable` (422): The data set is not there, or has faults. GET /v1/datasets shows them.
                 *     - `component_unusable` (422): A checkpoint that the job would build on is not there, or does not fit.
                 *     - `image_damaged` (422): The image cannot be decoded: the file is damaged or cut short.
                 *     - `image_url_not_allowed` (422): Images are fetched from hosts that the operator allows, and from public addresses only. Send the image itself.
                 *     - `webhook_url_not_allowed` (422): Webhooks go to http and https on their own ports, to hosts by name with public addresses, and to those that the operator allows.
                 *     - `image_not_reachable` (422): The image could not be fetched from its address. Send the image itself.
                 *     - `task_not_supported` (422): This model cannot do this task. GET /v1/models shows the tasks of each model.
                 *     - `idempotency_key_reused` (422): This Idempotency-Key was used for a different request. Use a new key for a new request.
                 *     - `queue_full` (429): Too many requests are waiting. Try again after the time in Retry-After.
                 *     - `rate_limited` (429): This API key has asked too often. Try again after the time in Retry-After.
                 *     - `quota_exceeded` (429): This API key has used up what it may have. Try again after the time in Retry-After.
                 *     - `headers_too_large` (431): The address and the headers of the request are too large: at most 16 KB together.
                 *     - `client_closed_request` (499): The client hung up before the answer was ready.
                 *     - `internal_error` (500): The server failed. The log has the details under this request_id.
                 *     - `not_ready` (503): The server is still starting. Try again after the time in Retry-After.
                 *     - `model_not_ready` (503): The model is not loaded. Load it with POST /v1/models/{id}/load and try again.
                 *     - `inference_unavailable` (503): The inference process stopped while it worked on this request and is being replaced. Try again.
                 *     - `no_inference_worker` (503): No inference worker is there to run the models. Start one with "npm run inference" on the same database.
                 *     - `database_unavailable` (503): The database does not answer and is being restarted. Try again.
                 *     - `store_unavailable` (503): The store (STORE_URL) does not take or give files now. Try again.
                 *     - `shutting_down` (503): The server is shutting down. Try again when it is back.
                 *     - `storage_full` (507): The disk of the server is full: nothing new can be recorded until there is space again.
                 *     - `server_lost` (503): The server that worked on this run stopped before it was done. Repeat the request.
                 * @enum {string}
                 */
                code: "invalid_json" | "invalid_request" | "api_key_missing" | "api_key_invalid" | "scope_missing" | "origin_not_allowed" | "route_not_found" | "model_not_found" | "webhook_not_found" | "run_not_found" | "dataset_not_found" | "job_not_found" | "study_not_found" | "file_not_found" | "sent_file_not_found" | "image_not_found" | "method_not_allowed" | "not_acceptable" | "request_timeout" | "idempotency_key_in_flight" | "model_busy" | "run_state" | "job_state" | "study_state" | "answer_given" | "model_exists" | "model_shipped" | "dataset_shipped" | "model_in_use" | "payload_too_large" | "image_too_large" | "unsupported_media_type" | "image_not_supported" | "expectation_failed" | "host_not_allowed" | "impossible_request" | "dataset_unusable" | "component_unusable" | "image_damaged" | "image_url_not_allowed" | "webhook_url_not_allowed" | "image_not_reachable" | "task_not_supported" | "idempotency_key_reused" | "queue_full" | "rate_limited" | "quota_exceeded" | "headers_too_large" | "client_closed_request" | "internal_error" | "not_ready" | "model_not_ready" | "inference_unavailable" | "no_inference_worker" | "database_unavailable" | "store_unavailable" | "shutting_down" | "storage_full" | "server_lost";
                /** @description What happened and what to do. */
                message: string;
                /** @description JSON pointer of the bad field. */
                param: string | null;
                /** @description The family of the code. */
                type: string;
                request_id: string;
            };
        };
        Evaluation: {
            id: string;
            /** @enum {string} */
            object: "evaluation";
            /** Format: date-time */
            created_at: string;
            task: components["schemas"]["EvaluationTask"];
            model: string;
            revision: string | null;
            dataset: string | null;
            metrics: {
                [key: string]: number;
            };
            /** @description All that the evaluation says of itself: its command, checkpoints, engine, seconds. */
            report: {
                [key: string]: unknown;
            };
            job: string | null;
        };
        EvaluationList: {
            /** @enum {string} */
            object: "list";
            data: components["schemas"]["Evaluation"][];
            first_id: string | null;
            last_id: string | null;
            /** @description Ask again with `after` set to `last_id`. */
            has_more: boolean;
        };
        EvaluationRequest: {
            /** @description `paint`, `caption`, `vqa`, `gqa`, `nlvr2`: how well the model does that. `images`: IS, FID and R-precision of what it paints. `match`: whether it knows which caption belongs to which picture. */
            task: components["schemas"]["EvaluationTask"];
            /** @description A hosted model. */
            model: string;
            /** @description See GET /v1/datasets. Default: what the model was trained on. */
            dataset?: string;
            /** @description Captions, pictures or scenes. Default: as the command has it (200 to 500; of a directory all). */
            count?: number;
            /** @description Of `paint` several, such as `mask-predict-4,random-64@1`; of `images` one. */
            samplers?: string;
            /** @description Of `images`: the model that judges R-precision. */
            judge?: string;
            /** @default 0 */
            seed?: number;
            needs?: components["schemas"]["NeedsOfTrainJob"];
        };
        /** @enum {string} */
        EvaluationTask: "paint" | "images" | "caption" | "match" | "vqa" | "gqa" | "nlvr2";
        /** @description Of the kind extract. Those left out get their defaults. */
        ExtractHyperparameters: {
            /**
             * @description Pictures of a file; while it is made, it takes twice its size
             * @default 1000
             */
            images_per_file?: number;
            /**
             * @description So many boxes of each picture, such as 36, of an encoder that proposes them (the published detector, grid-encoder/coco); 0: its grid
             * @default 0
             */
            boxes?: number;
        };
        /** @description features of the pictures of a directory, as files of features */
        ExtractTrainJobRequest: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "extract";
            /** @description See GET /v1/datasets. */
            dataset: string;
            /** @description What else it builds on. Default: what the base model was built on, else the demo zoo. */
            components?: {
                /** @description A grid encoder, or a finished job. */
                grid_encoder?: string;
            };
            hyperparameters?: components["schemas"]["ExtractHyperparameters"];
            /** @description Default: drawn, and shown in the job. */
            seed?: number;
            /** @description Of the id that its result gets when it is promoted without one. */
            suffix?: string;
            needs?: components["schemas"]["NeedsOfTrainJob"];
            /** @description Up to 16 texts of your own, shown in the job. */
            metadata?: {
                [key: string]: string;
            };
        };
        File: {
            /** @description Also the id of the data set that was made of it. */
            id: string;
            /** @enum {string} */
            object: "file";
            bytes: number;
            created_at: number;
            filename: string;
            purpose: string;
            /** @enum {string} */
            status: "processed";
        };
        FileDeleted: {
            id: string;
            /** @enum {string} */
            object: "file";
            /** @enum {boolean} */
            deleted: true;
        };
        FileList: {
            /** @enum {string} */
            object: "list";
            data: components["schemas"]["File"][];
            first_id: string | null;
            last_id: string | null;
            /** @description Ask again with `after` set to `last_id`. */
            has_more: boolean;
        };
        FileUpload: {
            /**
             * Format: binary
             * @description A data set: a zip of its folder, or JSON lines as OpenAI's models are tuned with; at most 512 MB.
             */
            file: Blob;
            /**
             * @description `fine-tune`; nothing else is kept here.
             * @default fine-tune
             */
            purpose?: string;
        };
        FineTuningCheckpoint: {
            id: string;
            /** @enum {string} */
            object: "fine_tuning.job.checkpoint";
            created_at: number;
            fine_tuning_job_id: string;
            /** @description Beyond OpenAI: where its files lie. */
            fine_tuned_model_checkpoint: string;
            step_number: number;
            metrics: {
                [key: string]: number | null;
            };
        };
        FineTuningCheckpointList: {
            /** @enum {string} */
            object: "list";
            data: components["schemas"]["FineTuningCheckpoint"][];
            first_id: string | null;
            last_id: string | null;
            /** @description Ask again with `after` set to `last_id`. */
            has_more: boolean;
        };
        FineTuningEvent: {
            id: string;
            /** @enum {string} */
            object: "fine_tuning.job.event";
            created_at: number;
            level: components["schemas"]["TrainJobEventLevel"];
            message: string;
            type: components["schemas"]["FineTuningEventType"];
            data: {
                [key: string]: unknown;
            };
        };
        FineTuningEventList: {
            /** @enum {string} */
            object: "list";
            data: components["schemas"]["FineTuningEvent"][];
            first_id: string | null;
            last_id: string | null;
            /** @description Ask again with `after` set to `last_id`. */
            has_more: boolean;
        };
        /** @enum {string} */
        FineTuningEventType: "message" | "metrics";
        /** @description Those left out get the defaults of the kind. The multiplier is of its learning rate. */
        FineTuningHyperparameters: {
            n_epochs?: number | "auto" | null;
            batch_size?: number | "auto" | null;
            learning_rate_multiplier?: number | "auto" | null;
        };
        FineTuningJob: {
            /** @description Of the training job: /v1/train-jobs/{id} says more of it. */
            id: string;
            /** @enum {string} */
            object: "fine_tuning.job";
            created_at: number;
            finished_at: number | null;
            estimated_finish: number | null;
            model: string;
            fine_tuned_model: string | null;
            organization_id: string;
            status: components["schemas"]["TrainJobStatus"];
            training_file: string;
            validation_file: null;
            result_files: string[];
            trained_tokens: null;
            error: {
                code: string;
                message: string;
                param: null;
            } | null;
            hyperparameters: {
                n_epochs: number | "auto";
                batch_size: number | "auto";
                learning_rate_multiplier: number | "auto";
            };
            method: {
                /** @enum {string} */
                type: "supervised";
                supervised: {
                    hyperparameters: {
                        n_epochs: number | "auto";
                        batch_size: number | "auto";
                        learning_rate_multiplier: number | "auto";
                    };
                };
            };
            seed: number;
            metadata: {
                [key: string]: string;
            };
        };
        FineTuningJobList: {
            /** @enum {string} */
            object: "list";
            data: components["schemas"]["FineTuningJob"][];
            first_id: string | null;
            last_id: string | null;
            /** @description Ask again with `after` set to `last_id`. */
            has_more: boolean;
        };
        FineTuningRequest: {
            /** @description The model that it goes on from. Names of OpenAI’s models mean the default one for captions. */
            model: string;
            /** @description The id of a file that was sent, or of another data set: GET /v1/datasets. */
            training_file: string;
            /** @description A data set has its own validation split: leave this out. */
            validation_file?: string | null;
            /** @description Beyond OpenAI. Default: what the data set has, in this order. */
            kind?: components["schemas"]["TunedKind"];
            hyperparameters?: components["schemas"]["FineTuningHyperparameters"] | null;
            method?: {
                type?: string;
                supervised?: {
                    hyperparameters?: components["schemas"]["FineTuningHyperparameters"] | null;
                };
            } | null;
            suffix?: string | null;
            seed?: number | null;
            metadata?: {
                [key: string]: string;
            } | null;
        };
        /** @enum {string} */
        FinishReason: "stop";
        /** @description Of the kind generator. Those left out get their defaults. */
        GeneratorHyperparameters: {
            /** @default 4000 */
            steps?: number;
            /** @default 8 */
            batch_size?: number;
            /** @default 0.0004 */
            learning_rate?: number;
            /**
             * @description Share of the steps over which the learning rate rises; it falls linearly afterwards
             * @default 0.02
             */
            warmup_ratio?: number;
            /** @default 1 */
            max_grad_norm?: number;
            /**
             * @description Steps between checkpoints, validation and sample sheets
             * @default 250
             */
            checkpoint_every?: number;
            /**
             * @description Steps that the engine runs in one call
             * @default 8
             */
            steps_per_call?: number;
            /**
             * @description Rows of a pass: a batch is done in passes of so many, whose gradients add up to those of the batch, in the memory of one; 0: all at once
             * @default 0
             */
            micro_batch_size?: number;
            /** @default 0.0001 */
            discriminator_learning_rate?: number;
            /** @default 0 */
            adam_beta1?: number;
            /**
             * @description spade: the paper's; pixel-shuffle: five times faster
             * @default pixel-shuffle
             */
            architecture?: "pixel-shuffle" | "spade";
            /**
             * @description Pixels of a side of what is painted
             * @default 128
             */
            image_size?: 128 | 256;
            /**
             * @description base_model (pixel-shuffle) goes on painting as it does, at half of image_size, and a small network, which alone is trained, draws that at twice the side
             * @default false
             */
            doubling?: boolean;
            /**
             * @description Of scenes, with a base_model (pixel-shuffle), which goes on painting as it does: a code that several parts of things share gets a patch for each, and what lies around a cell says which. With a doubling both are trained
             * @default false
             */
            part_patches?: boolean;
            /**
             * @description Width that the centroids are narrowed to
             * @default 64
             */
            codebook_dim?: number;
            /**
             * @description Learning rates that stay as they are after the warm-up, as in the paper
             * @default false
             */
            constant_rate?: boolean;
            /**
             * @description Factor on the learning rate for the codes' patches (pixel-shuffle): a step shows few of them
             * @default 1
             */
            patch_rate_factor?: number;
            /** @default 32 */
            discriminator_width?: number;
            /**
             * @description Smooth L1 between pixels
             * @default 0
             */
            reconstruction_weight?: number;
            /**
             * @description Hinge loss
             * @default 1
             */
            adversarial_weight?: number;
            /**
             * @description AC-GAN: the discriminator names each cell’s code
             * @default 1
             */
            cluster_weight?: number;
            /**
             * @description Smooth L1 between the discriminator’s blocks
             * @default 10
             */
            feature_matching_weight?: number;
            /**
             * @description Smooth L1 between the picture encoder’s stages
             * @default 10
             */
            perceptual_weight?: number;
            /**
             * @description Training scenes; of a directory all pictures of pre-training, or these
             * @default 32768
             */
            scenes?: number;
            /** @default 128 */
            validation_scenes?: number;
            /** @description In place of `steps`: times that as many examples are drawn as there are training scenes. */
            epochs?: number;
            /**
             * @description Values in place of the defaults: `paper`, those of the paper (sections 5.3, C and D).
             * @enum {string}
             */
            preset?: "paper";
        };
        /** @description visual codes → image, of scenes or of pictures */
        GeneratorTrainJobRequest: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "generator";
            /** @description See GET /v1/datasets. */
            dataset: string;
            /** @description A model, or a finished job, whose weights it goes on from. */
            base_model?: string;
            /** @description What else it builds on. Default: what the base model was built on, else the demo zoo. */
            components?: {
                /** @description A grid encoder, or a finished job. */
                grid_encoder?: string;
                /** @description A visual vocabulary, or a finished job. */
                visual_vocabulary?: string;
                /** @description A perceptual network, or a finished job. */
                perceptual_network?: string;
            };
            hyperparameters?: components["schemas"]["GeneratorHyperparameters"];
            /** @description Default: drawn, and shown in the job. */
            seed?: number;
            /** @description Of the id that its result gets when it is promoted without one. */
            suffix?: string;
            needs?: components["schemas"]["NeedsOfTrainJob"];
            /** @description Up to 16 texts of your own, shown in the job. */
            metadata?: {
                [key: string]: string;
            };
        };
        /** @description Of the kind gqa. Those left out get their defaults. */
        GqaHyperparameters: {
            /** @default 3000 */
            steps?: number;
            /** @default 32 */
            batch_size?: number;
            /** @default 0.0005 */
            learning_rate?: number;
            /**
             * @description Share of the steps over which the learning rate rises; it falls linearly afterwards
             * @default 0.1
             */
            warmup_ratio?: number;
            /** @default 0.01 */
            weight_decay?: number;
            /** @default 1 */
            max_grad_norm?: number;
            /**
             * @description Steps between checkpoints, validation and sample sheets
             * @default 500
             */
            checkpoint_every?: number;
            /**
             * @description Steps that the engine runs in one call
             * @default 8
             */
            steps_per_call?: number;
            /**
             * @description Rows of a pass: a batch is done in passes of so many, whose gradients add up to those of the batch, in the memory of one; 0: all at once
             * @default 0
             */
            micro_batch_size?: number;
            /**
             * @description Of matrix products; bf16 is faster on a GPU, and what learns stays float32. The default engine only imitates it
             * @default float32
             */
            precision?: "float32" | "bf16";
            /**
             * @description Processes that each do a part of every batch, on a GPU of its own where there are several, and add up their gradients
             * @default 1
             */
            processes?: number;
            /**
             * @description Share of the activations and attention weights that a training step drops; the paper’s models have 0.1
             * @default 0
             */
            dropout?: number;
            /**
             * @description Training scenes, whose features are computed once; of a directory all pictures, or these
             * @default 16384
             */
            scenes?: number;
            /** @default 256 */
            validation_scenes?: number;
            /**
             * @description See pictures as so many boxes of a picture encoder that proposes them (the published detector, grid-encoder/coco), such as 36; 0: as its grid. Of features of boxes as many as there are
             * @default 0
             */
            boxes?: number;
            /**
             * @description Share of the examples whose pictures are seen as in a mirror, but of those that say left or right
             * @default 0
             */
            mirror_share?: number;
            /**
             * @description Share of the weights of a base_model of the same task in the result, the rest is what was trained: between the two a model often knows more than either
             * @default 0
             */
            base_share?: number;
            /**
             * @description Train without the picture (every feature 0): the baseline of what the words give away
             * @default false
             */
            text_only?: boolean;
            /** @description In place of `steps`: times that as many examples are drawn as there are training scenes. */
            epochs?: number;
            /**
             * @description Values in place of the defaults: `paper`, those of the paper (sections 5.3, C and D).
             * @enum {string}
             */
            preset?: "paper";
        };
        /** @description X-LXMERT or X-UNITER fine-tuned on questions of several steps */
        GqaTrainJobRequest: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "gqa";
            /** @description See GET /v1/datasets. */
            dataset: string;
            /** @description A model, or a finished job, whose weights it goes on from. */
            base_model?: string;
            /** @description What else it builds on. Default: what the base model was built on, else the demo zoo. */
            components?: {
                /** @description A grid encoder, or a finished job. */
                grid_encoder?: string;
            };
            hyperparameters?: components["schemas"]["GqaHyperparameters"];
            /** @description Default: drawn, and shown in the job. */
            seed?: number;
            /** @description Of the id that its result gets when it is promoted without one. */
            suffix?: string;
            needs?: components["schemas"]["NeedsOfTrainJob"];
            /** @description Up to 16 texts of your own, shown in the job. */
            metadata?: {
                [key: string]: string;
            };
        };
        /** @description Of the kind grid-encoder. Those left out get their defaults. */
        GridEncoderHyperparameters: {
            /** @default 1200 */
            steps?: number;
            /** @default 32 */
            batch_size?: number;
            /** @default 0.002 */
            learning_rate?: number;
            /**
             * @description Share of the steps over which the learning rate rises; it falls linearly afterwards
             * @default 0.05
             */
            warmup_ratio?: number;
            /** @default 0.01 */
            weight_decay?: number;
            /** @default 1 */
            max_grad_norm?: number;
            /**
             * @description Steps between checkpoints, validation and sample sheets
             * @default 200
             */
            checkpoint_every?: number;
            /**
             * @description Steps that the engine runs in one call
             * @default 8
             */
            steps_per_call?: number;
            /**
             * @description Feature width F
             * @default 128
             */
            width?: number;
            /**
             * @description Label empty cells with their place. Keeps landmarks such as the moon apart, but k-means then tells places apart before backgrounds and colours: the gate fell with it wherever it was tried
             * @default false
             */
            place_labels?: boolean;
            /** @default 0.3 */
            empty_cell_weight?: number;
            /** @default 256 */
            validation_scenes?: number;
        };
        /** @description image → 8 × 8 features, from labels of object, colour, part and background */
        GridEncoderTrainJobRequest: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "grid-encoder";
            /** @description See GET /v1/datasets. */
            dataset: string;
            /** @description A model, or a finished job, whose weights it goes on from. */
            base_model?: string;
            hyperparameters?: components["schemas"]["GridEncoderHyperparameters"];
            /** @description Default: drawn, and shown in the job. */
            seed?: number;
            /** @description Of the id that its result gets when it is promoted without one. */
            suffix?: string;
            needs?: components["schemas"]["NeedsOfTrainJob"];
            /** @description Up to 16 texts of your own, shown in the job. */
            metadata?: {
                [key: string]: string;
            };
        };
        /** @enum {string} */
        HummusCategory: "noun" | "verb" | "color";
        ImageEditUpload: {
            /**
             * Format: binary
             * @description PNG, JPEG, WebP, GIF (its first frame) or AVIF; at most 20 MB and 40 megapixels.
             */
            image: Blob;
            /**
             * Format: binary
             * @description A file of the size of the image, transparent where it is to be painted anew. Default: the transparency of the image itself.
             */
            mask?: Blob;
            prompt: string;
            model?: string;
            n?: number;
            /** @description Pictures are painted in the size of the model and resized to this one. Default: the size of the model. */
            size?: string;
            response_format?: components["schemas"]["ImageResponseFormat"];
            output_format?: components["schemas"]["ImageFormat"];
            /** @description Quality of a JPEG or WebP file. */
            output_compression?: number;
            stream?: boolean;
            /** @description Of a stream: pictures of sampling steps before the last. */
            partial_images?: number;
            /** @description Beyond OpenAI: of the first picture; the next ones count up. */
            seed?: number;
            /** @description Beyond OpenAI: the visual codes that the image was painted with, as the answer listed them, with commas between. What is kept then has exactly these, and not those that the model sees in the file. */
            codes?: string;
            sampler?: components["schemas"]["Sampler"];
        };
        /** @enum {string} */
        ImageFormat: "png" | "jpeg" | "webp";
        /** @enum {string} */
        ImageResponseFormat: "b64_json" | "url";
        ImagesAnswer: {
            created: number;
            data: {
                b64_json?: string;
                url?: string;
                /** @description What was read, where the prompt leaves out what goes without saying. */
                revised_prompt?: string;
                /** @description Beyond OpenAI: painting with it and `sampler` gives the same picture. */
                seed: number;
                /** @description Beyond OpenAI: the visual codes of the picture, row by row. */
                codes: number[];
            }[];
            /** @enum {string} */
            background: "opaque";
            output_format: components["schemas"]["ImageFormat"];
            /** @enum {string} */
            quality: "auto";
            size: string;
            id: string | null;
            /**
             * @description `false` when a full disk has kept the result from being recorded; else left out.
             * @enum {boolean}
             */
            recorded?: false;
            /** @description Beyond OpenAI: what painted. */
            model: string;
            sampler: components["schemas"]["Sampled"];
            /** @description Beyond OpenAI, of an edit: the cells that were painted anew. The others keep their codes. */
            repainted?: number[];
        };
        ImagesRequest: {
            prompt: string;
            model?: string | null;
            n?: number | null;
            /** @description Pictures are painted in the size of the model and resized to this one. Default: the size of the model. */
            size?: string | null;
            response_format?: components["schemas"]["ImageResponseFormat"] | null;
            output_format?: components["schemas"]["ImageFormat"] | null;
            /** @description Quality of a JPEG or WebP file. */
            output_compression?: number | null;
            stream?: boolean | null;
            /** @description Of a stream: pictures of sampling steps before the last. */
            partial_images?: number | null;
            /** @description Beyond OpenAI: of the first picture; the next ones count up. */
            seed?: number | null;
            sampler?: components["schemas"]["Sampler"];
        };
        MetricSeries: {
            name: string;
            split: components["schemas"]["Split"];
            /** @description Of kinds that do several; else empty. */
            task: string;
            points: {
                step: number;
                value: number | null;
            }[];
        };
        Model: {
            id: string;
            /** @enum {string} */
            object: "model";
            /** @description Unix time in seconds, as OpenAI has it. */
            created: number;
            owned_by: string;
            name: string | null;
            /** @description Used for at least one task when a request names no model. */
            default: boolean;
            /** @description The tasks that it is used for when none is named. */
            default_for: components["schemas"]["ModelTask"][];
            /** @description Empty for models that are only a part of others. */
            tasks: components["schemas"]["ModelTask"][];
            architecture: string | null;
            parameters: number | null;
            revision: string | null;
            sampler: string | null;
            state: components["schemas"]["ModelState"];
            reason: string | null;
            memory_bytes: number | null;
            components: {
                [key: string]: string;
            };
            /** @description From its evaluation. */
            metrics: {
                [key: string]: number;
            };
            data: {
                name: string;
                description: string;
            } | null;
            trained_by: {
                command: string;
                seed: number;
                commit: string;
            } | null;
            licence: string | null;
            /** @description Of GET /v1/models/{id}: the latest of each task and data set (POST /v1/evaluations). Left out while the database is away. */
            evaluations?: {
                id: string;
                /** Format: date-time */
                created_at: string;
                task: string;
                dataset: string | null;
                revision: string | null;
                metrics: {
                    [key: string]: number;
                };
            }[];
        };
        ModelList: {
            /** @enum {string} */
            object: "list";
            data: components["schemas"]["Model"][];
            first_id: string | null;
            last_id: string | null;
            /** @description Ask again with `after` set to `last_id`. */
            has_more: boolean;
        };
        /** @enum {string} */
        ModelState: "available" | "loading" | "ready" | "failed";
        /** @enum {string} */
        ModelTask: "paint" | "caption" | "vqa" | "nlvr2";
        /** @description What its worker must have; it waits for one. */
        NeedsOfTrainJob: {
            /** @description What its worker must have, by name: WORKER_LABELS, and its device (`cpu`, or `cuda` and `gpu`). */
            labels?: string[];
            /** @description Megabytes of the device that computes, 0 for any. Default: of training estimated from the number of weights, where that is more than 2 GB. */
            memory_mb?: number;
        };
        NewStudy: {
            study: components["schemas"]["Study"];
            /** @description A link for each person. They are not told again. */
            invitations: string[];
        };
        NewWebhook: {
            id: string;
            /** @enum {string} */
            object: "webhook";
            /** Format: date-time */
            created_at: string;
            url: string;
            events: components["schemas"]["WebhookEvent"][];
            disabled_at: string | null;
            /** @description What messages are signed with, shown this once: `whsec_` and 32 bytes in base64. */
            secret: string;
        };
        /**
         * @example {
         *       "id": "run_01m8kmg2k97mz53f5qbb0rqh00",
         *       "model": "x-lxmert-nlvr2-scenes",
         *       "revision": "e9c0e0c81d4b06b19747db077ca173d952fc65f8b105fc540dab26f56a4d0b37",
         *       "engine": "onnxruntime-cpu-auto",
         *       "label": true,
         *       "score": 0.99,
         *       "truncated": false,
         *       "unknown_words": [],
         *       "timing": {
         *         "queue_ms": 0.06,
         *         "compute_ms": 96.48
         *       }
         *     }
         */
        Nlvr2Answer: {
            id: string | null;
            /**
             * @description `false` when a full disk has kept the result from being recorded; else left out.
             * @enum {boolean}
             */
            recorded?: false;
            model: string;
            /** @description Content hash of the checkpoint and its components. */
            revision: string;
            engine: string;
            /** @description The statement is true of the two images. */
            label: boolean;
            /** @description Probability that it is true. */
            score: number;
            occlusion?: components["schemas"]["Occlusion"];
            /** @description The statement was longer than the model reads and was cut. */
            truncated: boolean;
            /** @description Words of the statement, in lower case, that the model's vocabulary has neither whole nor in longer pieces: it cannot know what they mean. */
            unknown_words: string[];
            timing: components["schemas"]["Timing"];
        };
        /** @description Of the kind nlvr2. Those left out get their defaults. */
        Nlvr2Hyperparameters: {
            /** @default 3000 */
            steps?: number;
            /** @default 32 */
            batch_size?: number;
            /** @default 0.0005 */
            learning_rate?: number;
            /**
             * @description Share of the steps over which the learning rate rises; it falls linearly afterwards
             * @default 0.1
             */
            warmup_ratio?: number;
            /** @default 0.01 */
            weight_decay?: number;
            /** @default 1 */
            max_grad_norm?: number;
            /**
             * @description Steps between checkpoints, validation and sample sheets
             * @default 500
             */
            checkpoint_every?: number;
            /**
             * @description Steps that the engine runs in one call
             * @default 8
             */
            steps_per_call?: number;
            /**
             * @description Rows of a pass: a batch is done in passes of so many, whose gradients add up to those of the batch, in the memory of one; 0: all at once
             * @default 0
             */
            micro_batch_size?: number;
            /**
             * @description Of matrix products; bf16 is faster on a GPU, and what learns stays float32. The default engine only imitates it
             * @default float32
             */
            precision?: "float32" | "bf16";
            /**
             * @description Processes that each do a part of every batch, on a GPU of its own where there are several, and add up their gradients
             * @default 1
             */
            processes?: number;
            /**
             * @description Share of the activations and attention weights that a training step drops; the paper’s models have 0.1
             * @default 0
             */
            dropout?: number;
            /**
             * @description Training scenes, whose features are computed once; of a directory all pictures, or these
             * @default 16384
             */
            scenes?: number;
            /** @default 256 */
            validation_scenes?: number;
            /**
             * @description See pictures as so many boxes of a picture encoder that proposes them (the published detector, grid-encoder/coco), such as 36; 0: as its grid. Of features of boxes as many as there are
             * @default 0
             */
            boxes?: number;
            /**
             * @description Share of the examples whose pictures are seen as in a mirror, but of those that say left or right
             * @default 0
             */
            mirror_share?: number;
            /**
             * @description Share of the weights of a base_model of the same task in the result, the rest is what was trained: between the two a model often knows more than either
             * @default 0
             */
            base_share?: number;
            /**
             * @description Train without the picture (every feature 0): the baseline of what the words give away
             * @default false
             */
            text_only?: boolean;
            /**
             * @description UNITER's setup: a row for each picture, the same with attention between the rows, or all in one row; LXMERT has the first alone
             * @default pair
             */
            nlvr2_setup?: "pair" | "pair-attention" | "triplet";
            /** @description In place of `steps`: times that as many examples are drawn as there are training scenes. */
            epochs?: number;
            /**
             * @description Values in place of the defaults: `paper`, those of the paper (sections 5.3, C and D).
             * @enum {string}
             */
            preset?: "paper";
        };
        Nlvr2Request: {
            /** @description The left one first. */
            images: string[];
            /**
             * @description What is longer than the 20 tokens that the model reads is cut.
             * @example both images contain a giraffe
             */
            statement: string;
            /** @description Measures which parts of the image the answer rests on: each of so many by so many blocks is hidden in turn, and the same is asked again. It costs an answer more for each block: 16 at 4, 64 at 8. */
            occlusion?: number;
            /** @description Default: see `default_for` in GET /v1/models. */
            model?: string;
        };
        /** @description X-LXMERT or X-UNITER fine-tuned on statements about pairs */
        Nlvr2TrainJobRequest: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "nlvr2";
            /** @description See GET /v1/datasets. */
            dataset: string;
            /** @description A model, or a finished job, whose weights it goes on from. */
            base_model?: string;
            /** @description What else it builds on. Default: what the base model was built on, else the demo zoo. */
            components?: {
                /** @description A grid encoder, or a finished job. */
                grid_encoder?: string;
            };
            hyperparameters?: components["schemas"]["Nlvr2Hyperparameters"];
            /** @description Default: drawn, and shown in the job. */
            seed?: number;
            /** @description Of the id that its result gets when it is promoted without one. */
            suffix?: string;
            needs?: components["schemas"]["NeedsOfTrainJob"];
            /** @description Up to 16 texts of your own, shown in the job. */
            metadata?: {
                [key: string]: string;
            };
        };
        Nlvr2Upload: {
            /** @description Two files under this name, the left one first. */
            images: Blob[];
            /**
             * @description What is longer than the 20 tokens that the model reads is cut.
             * @example both images contain a giraffe
             */
            statement: string;
            /** @description Measures which parts of the image the answer rests on: each of so many by so many blocks is hidden in turn, and the same is asked again. It costs an answer more for each block: 16 at 4, 64 at 8. */
            occlusion?: number;
            /**
             * @description Default: see `default_for` in GET /v1/models.
             * @default
             */
            model?: string;
        };
        OccludedBlock: {
            /** @description Of several images: which, from 0. */
            image: number;
            row: number;
            column: number;
            /** @description Probability of the answer while this block is hidden. */
            score: number;
            /** @description By how much that is less than of the whole image; below 0 where it is more. */
            fall: number;
            /** @description The best answer while this block is hidden. */
            answer: string;
        };
        /** @description How the answer fares while a block has the mean colour of the image. */
        Occlusion: {
            /** @description Blocks of a side. */
            grid: number;
            /** @description What was said of the whole image. */
            answer: string;
            /** @description Its probability. */
            score: number;
            /** @description From 0, image by image and row by row. */
            blocks: components["schemas"]["OccludedBlock"][];
        };
        /**
         * @example {
         *       "id": "run_01m8kmg2k97mz53f5qbb0rqh00",
         *       "model": "x-lxmert-scenes",
         *       "revision": "88e46f70b7d9865618e28f8d56fb7ca979942ce6b693d886ce84e40900fd1082",
         *       "engine": "onnxruntime-cpu-auto",
         *       "sampler": {
         *         "strategy": "adaptive-easy-first",
         *         "steps": 6
         *       },
         *       "images": [
         *         {
         *           "prompt": "a giraffe standing on grass next to a red car",
         *           "truncated": false,
         *           "unknown_words": [],
         *           "seed": 1,
         *           "width": 128,
         *           "height": 128,
         *           "format": "png",
         *           "b64_json": "iVBORw0KGgoAAAANSUhEUgAAAIAAAACACAIAAABM…",
         *           "codes": [
         *             825,
         *             825,
         *             825,
         *             825,
         *             825,
         *             825,
         *             825,
         *             545,
         *             10,
         *             229,
         *             229,
         *             1919,
         *             1919,
         *             1919,
         *             229,
         *             229,
         *             284,
         *             284,
         *             284,
         *             284,
         *             284,
         *             284,
         *             284,
         *             284,
         *             1114,
         *             1114,
         *             1745,
         *             1745,
         *             1745,
         *             1745,
         *             1745,
         *             693,
         *             1744,
         *             1864,
         *             1114,
         *             1562,
         *             1114,
         *             1114,
         *             1114,
         *             1973,
         *             1186,
         *             280,
         *             992,
         *             1147,
         *             1271,
         *             1271,
         *             1271,
         *             1973,
         *             107,
         *             1615,
         *             292,
         *             1147,
         *             193,
         *             1699,
         *             373,
         *             1973,
         *             1212,
         *             1123,
         *             77,
         *             76,
         *             1123,
         *             1123,
         *             1123,
         *             1123
         *           ]
         *         }
         *       ],
         *       "timing": {
         *         "queue_ms": 0.06,
         *         "compute_ms": 428.17
         *       }
         *     }
         */
        PaintAnswer: {
            id: string | null;
            /**
             * @description `false` when a full disk has kept the result from being recorded; else left out.
             * @enum {boolean}
             */
            recorded?: false;
            model: string;
            /** @description Content hash of the checkpoint and its components. */
            revision: string;
            engine: string;
            sampler: components["schemas"]["Sampled"];
            /** @description Prompt by prompt. */
            images: components["schemas"]["PaintedImage"][];
            timing: components["schemas"]["Timing"];
        };
        PaintRequest: {
            /** @description What to paint. What is longer than the 20 tokens that the model reads is cut. */
            prompt: string | string[];
            /** @description Default: see `default` in GET /v1/models. */
            model?: string;
            /**
             * @description Images per prompt.
             * @default 1
             */
            n?: number;
            sampler?: components["schemas"]["Sampler"];
            /** @description Of the first image of each prompt; the next ones count up. Default: drawn anew. */
            seed?: number;
            /** @default png */
            format?: components["schemas"]["ImageFormat"];
            /**
             * @description Return the picture after every sampling step as well.
             * @default false
             */
            intermediate?: boolean;
            /**
             * @description Keep the images at GET /v1/runs/{id}/image, and go on when the client hangs up.
             * @default false
             */
            store?: boolean;
        };
        PaintStep: {
            /** @description Index of the image in the answer. */
            image: number;
            /** @description From 1. */
            step: number;
            /** @description At most; of the last step, how many there were. */
            steps: number;
            /** @description The picture after this step. Cells without a code yet are grey. */
            b64_json: string;
            /** @description Grid positions that got a code in this step. */
            updated: number[];
        };
        PaintedImage: {
            prompt: string;
            /** @description What was read, where the prompt leaves out what goes without saying: "a yellow bus". */
            revised_prompt?: string;
            /** @description The prompt was longer than the model reads and was cut. */
            truncated: boolean;
            /** @description Words of the prompt, in lower case, that the model's vocabulary has neither whole nor in longer pieces: it cannot know what they mean. */
            unknown_words: string[];
            /** @description Painting one image with this seed gives the same bytes. */
            seed: number;
            width: number;
            height: number;
            format: components["schemas"]["ImageFormat"];
            /** @description The file, base64. */
            b64_json: string;
            /** @description With `store`. */
            url?: string;
            /** @description Visual codes of the grid, row by row. */
            codes: number[];
            /** @description With `intermediate`: the file after every step, base64. */
            intermediate?: string[];
        };
        /** @description Of the kind picture-router. Those left out get their defaults. */
        PictureRouterHyperparameters: {
            /**
             * @description Photographs, and as many scenes; a fifth of both is held back
             * @default 3000
             */
            pictures?: number;
            /**
             * @description Scenes drawn by others too, of the world redrawn, whose sets of drawings must be installed
             * @default false
             */
            redrawn?: boolean;
            /**
             * @description Weight of the squared weights
             * @default 1
             */
            ridge?: number;
        };
        /** @description tells photographs of a directory from drawn scenes, so that each reaches a model that knows it */
        PictureRouterTrainJobRequest: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "picture-router";
            /** @description See GET /v1/datasets. */
            dataset: string;
            /** @description What else it builds on. Default: what the base model was built on, else the demo zoo. */
            components?: {
                /** @description A grid encoder, or a finished job. */
                grid_encoder?: string;
            };
            hyperparameters?: components["schemas"]["PictureRouterHyperparameters"];
            /** @description Default: drawn, and shown in the job. */
            seed?: number;
            /** @description Of the id that its result gets when it is promoted without one. */
            suffix?: string;
            needs?: components["schemas"]["NeedsOfTrainJob"];
            /** @description Up to 16 texts of your own, shown in the job. */
            metadata?: {
                [key: string]: string;
            };
        };
        /** @description Of the kind pretrain. Those left out get their defaults. */
        PretrainHyperparameters: {
            /**
             * @description Which of the models that the paper compares
             * @default x-lxmert
             */
            config?: "x-lxmert" | "lxmert-grid" | "x-uniter" | "uniter-grid" | "without-discrete" | "without-uniform-masking" | "without-updated-data";
            /** @default 6000 */
            steps?: number;
            /** @default 16 */
            batch_size?: number;
            /** @default 0.001 */
            learning_rate?: number;
            /**
             * @description Share of the steps over which the learning rate rises; it falls linearly afterwards
             * @default 0.05
             */
            warmup_ratio?: number;
            /** @default 0.01 */
            weight_decay?: number;
            /** @default 1 */
            max_grad_norm?: number;
            /**
             * @description Steps between checkpoints, validation and sample sheets
             * @default 500
             */
            checkpoint_every?: number;
            /**
             * @description Steps that the engine runs in one call
             * @default 8
             */
            steps_per_call?: number;
            /**
             * @description Rows of a pass: a batch is done in passes of so many, whose gradients add up to those of the batch, in the memory of one; 0: all at once
             * @default 0
             */
            micro_batch_size?: number;
            /**
             * @description Of matrix products; bf16 is faster on a GPU, and what learns stays float32. The default engine only imitates it
             * @default float32
             */
            precision?: "float32" | "bf16";
            /**
             * @description Processes that each do a part of every batch, on a GPU of its own where there are several, and add up their gradients
             * @default 1
             */
            processes?: number;
            /**
             * @description Share of the activations and attention weights that a training step drops; the paper’s models have 0.1
             * @default 0
             */
            dropout?: number;
            /** @default 192 */
            hidden_size?: number;
            /** @default 6 */
            num_attention_heads?: number;
            /** @default 768 */
            intermediate_size?: number;
            /** @default 4 */
            l_layers?: number;
            /** @default 3 */
            r_layers?: number;
            /** @default 3 */
            x_layers?: number;
            /**
             * @description Of UNITER's one stream, in place of the three above
             * @default 6
             */
            num_hidden_layers?: number;
            /**
             * @description Training scenes; of a directory all pictures, or these
             * @default 32768
             */
            scenes?: number;
            /** @default 256 */
            validation_scenes?: number;
            /** @default 0.15 */
            word_mask_ratio?: number;
            /**
             * @description Captions that codes are predicted from: all, or those of COCO (sentf.mscoco) alone, as in the paper; of a directory
             * @default all
             */
            code_captions?: "all" | "mscoco";
            /**
             * @description Share of the texts masked at a ratio drawn from 0 to 1: captioning begins with every word masked
             * @default 0
             */
            uniform_word_mask_share?: number;
            /**
             * @description Share of the steps that mask the picture; words and nothing share the rest
             * @default 0.3333333333333333
             */
            image_share?: number;
            /**
             * @description Share of the steps that mask words, of those that leave the picture whole
             * @default 0.5
             */
            word_share?: number;
            /**
             * @description Share of questions among the texts, where they are not captions alone
             * @default 0.5
             */
            question_share?: number;
            /**
             * @description Share of the steps of masked words that see a caption without any of its words
             * @default 0
             */
            fully_masked_text_share?: number;
            /**
             * @description Weight of background cells in the loss of the codes
             * @default 0.3333333333333333
             */
            background_weight?: number;
            /**
             * @description Most tokens of the vocabulary that is made of the training texts of a directory; 0: the 30,522 of bert-base-uncased. A base model keeps its own, and scenes have theirs
             * @default 6000
             */
            vocabulary_size?: number;
            /**
             * @description Take the vocabulary of the composed scenes into that of a directory: for a model of both
             * @default false
             */
            scene_words?: boolean;
            /**
             * @description Cosines of a cell’s place beside its four coordinates; the paper has these alone
             * @default true
             */
            position_cosines?: boolean;
            /**
             * @description LayerNorm before each block, not after it as in the paper
             * @default false
             */
            pre_norm?: boolean;
            /**
             * @description Pictures of which nothing is masked are seen as their features are, not as the nearest centroids: photographs say more than a small vocabulary keeps
             * @default false
             */
            exact_features?: boolean;
            /**
             * @description Begin with words and features in one space, found in closed form: of an X-LXMERT of a directory without a base model, with exact_features
             * @default false
             */
            grounded_words?: boolean;
            /**
             * @description Share of the captions whose picture is masked whole, beside the uniform ratios
             * @default 0
             */
            fully_masked_share?: number;
            /**
             * @description Share of the pictures that lose their objects' cells before any of the background, as mask-predict, which is surest of the background, leaves them
             * @default 0
             */
            objects_first_share?: number;
            /** @description In place of `steps`: times that as many examples are drawn as there are training scenes. */
            epochs?: number;
            /**
             * @description Values in place of the defaults: `paper`, those of the paper (sections 5.3, C and D).
             * @enum {string}
             */
            preset?: "paper";
        };
        /** @description X-LXMERT, X-UNITER, their baselines and ablations on captions, questions and codes of pictures */
        PretrainTrainJobRequest: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "pretrain";
            /** @description See GET /v1/datasets. */
            dataset: string;
            /** @description A model, or a finished job, whose weights it goes on from. */
            base_model?: string;
            /** @description What else it builds on. Default: what the base model was built on, else the demo zoo. */
            components?: {
                /** @description A grid encoder, or a finished job. */
                grid_encoder?: string;
                /** @description A visual vocabulary, or a finished job. */
                visual_vocabulary?: string;
                /** @description A generator, or a finished job. */
                generator?: string;
            };
            hyperparameters?: components["schemas"]["PretrainHyperparameters"];
            /** @description Default: drawn, and shown in the job. */
            seed?: number;
            /** @description Of the id that its result gets when it is promoted without one. */
            suffix?: string;
            needs?: components["schemas"]["NeedsOfTrainJob"];
            /** @description Up to 16 texts of your own, shown in the job. */
            metadata?: {
                [key: string]: string;
            };
        };
        PromoteRequest: {
            /** @description Of the hosted model. Default: the kind and the suffix of the job. */
            model_id?: string;
        };
        /** @description Of the kind recogniser. Those left out get their defaults. */
        RecogniserHyperparameters: {
            /** @default 1600 */
            steps?: number;
            /** @default 16 */
            batch_size?: number;
            /** @default 0.002 */
            learning_rate?: number;
            /**
             * @description Share of the steps over which the learning rate rises; it falls linearly afterwards
             * @default 0.05
             */
            warmup_ratio?: number;
            /** @default 0.01 */
            weight_decay?: number;
            /** @default 1 */
            max_grad_norm?: number;
            /**
             * @description Steps between checkpoints, validation and sample sheets
             * @default 400
             */
            checkpoint_every?: number;
            /**
             * @description Steps that the engine runs in one call
             * @default 8
             */
            steps_per_call?: number;
            /**
             * @description Channels at stride 4; twice and four times as many at strides 8 and 16
             * @default 32
             */
            width?: number;
            /** @default 0.2 */
            empty_cell_weight?: number;
            /**
             * @description Least probability that counts as an object
             * @default 0.7
             */
            threshold?: number;
            /** @default 500 */
            validation_scenes?: number;
        };
        /** @description image → objects with class, colour and place: the judge of painted scenes */
        RecogniserTrainJobRequest: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "recogniser";
            /** @description See GET /v1/datasets. */
            dataset: string;
            /** @description A model, or a finished job, whose weights it goes on from. */
            base_model?: string;
            hyperparameters?: components["schemas"]["RecogniserHyperparameters"];
            /** @description Default: drawn, and shown in the job. */
            seed?: number;
            /** @description Of the id that its result gets when it is promoted without one. */
            suffix?: string;
            needs?: components["schemas"]["NeedsOfTrainJob"];
            /** @description Up to 16 texts of your own, shown in the job. */
            metadata?: {
                [key: string]: string;
            };
        };
        ReconstructAnswer: {
            id: string | null;
            /**
             * @description `false` when a full disk has kept the result from being recorded; else left out.
             * @enum {boolean}
             */
            recorded?: false;
            model: string;
            /** @description Content hash of the checkpoint and its components. */
            revision: string;
            engine: string;
            width: number;
            height: number;
            format: components["schemas"]["ImageFormat"];
            /** @description The file, base64. */
            b64_json: string;
            /** @description The nearest visual codes of the grid, row by row. */
            codes: number[];
            timing: components["schemas"]["Timing"];
        };
        ReconstructRequest: {
            /** @description base64, bare or as a data URL; or an http(s) address, on a host that the operator allows. PNG, JPEG, WebP, GIF (its first frame) or AVIF; at most 20 MB and 40 megapixels. */
            image: string;
            /** @description Of the picture in a JSON answer. Default: png. */
            format?: components["schemas"]["ImageFormat"];
            /** @description Default: see `default_for` in GET /v1/models. */
            model?: string;
        };
        ReconstructUpload: {
            /**
             * Format: binary
             * @description PNG, JPEG, WebP, GIF (its first frame) or AVIF; at most 20 MB and 40 megapixels.
             */
            image: Blob;
            /** @description Of the picture in a JSON answer. Default: png. */
            format?: components["schemas"]["ImageFormat"];
            /**
             * @description Default: see `default_for` in GET /v1/models.
             * @default
             */
            model?: string;
        };
        Response: {
            /** @description `resp_` and the id of the run, if it is on record. */
            id: string;
            /** @enum {string} */
            object: "response";
            created_at: number;
            status: components["schemas"]["ResponseStatus"];
            model: string;
            output: {
                /** @enum {string} */
                type: "message";
                id: string;
                status: components["schemas"]["ResponseStatus"];
                /** @enum {string} */
                role: "assistant";
                content: {
                    /** @enum {string} */
                    type: "output_text";
                    text: string;
                    annotations: Record<string, never>[];
                    logprobs: Record<string, never>[];
                }[];
            }[];
            output_text: string;
            error: null;
            incomplete_details: null;
            instructions: null;
            max_output_tokens: null;
            metadata: {
                [key: string]: string;
            };
            parallel_tool_calls: boolean;
            previous_response_id: null;
            store: boolean;
            temperature: number | null;
            text: {
                format: {
                    /** @enum {string} */
                    type: "text";
                };
            };
            /** @enum {string} */
            tool_choice: "auto";
            tools: Record<string, never>[];
            top_p: null;
            /** @enum {string} */
            truncation: "disabled";
            usage: {
                input_tokens: number;
                input_tokens_details: {
                    cached_tokens: number;
                };
                output_tokens: number;
                output_tokens_details: {
                    reasoning_tokens: number;
                };
                total_tokens: number;
            } | null;
            /**
             * @description `false` when a full disk has kept the result from being recorded; else left out.
             * @enum {boolean}
             */
            recorded?: false;
        };
        ResponseItem: {
            /** @description `user` asks; what others say is not read. */
            role?: string;
            content?: string | components["schemas"]["ResponsePart"][];
        };
        ResponsePart: {
            /** @description `input_text` or `input_image`; others cannot be read. */
            type: string;
            text?: string;
            /** @description A data URL, or an address on a host that the operator allows. */
            image_url?: string | null;
        };
        ResponseRequest: {
            model?: string;
            input: string | components["schemas"]["ResponseItem"][];
            /** @description Of captions. */
            temperature?: number | null;
            stream?: boolean | null;
            /** @description Answers are not kept: send the image again. */
            previous_response_id?: string | null;
            metadata?: {
                [key: string]: string;
            } | null;
        };
        /** @enum {string} */
        ResponseStatus: "in_progress" | "completed";
        Run: {
            id: string;
            /** @enum {string} */
            object: "run";
            task: components["schemas"]["RunTask"];
            status: components["schemas"]["RunStatus"];
            /** Format: date-time */
            created_at: string;
            finished_at: string | null;
            request_id: string;
            model: string;
            revision: string | null;
            engine: string | null;
            /** @description As it was understood, every default filled in. */
            request: unknown;
            /** @description The answer without its pictures; null unless it succeeded. */
            result: unknown;
            timing: {
                queue_ms: number | null;
                compute_ms: number | null;
            };
            /** @description Its images were kept, and it went on without its client. */
            stored: boolean;
            error: {
                code: string;
                message: string;
            } | null;
        };
        RunList: {
            /** @enum {string} */
            object: "list";
            data: components["schemas"]["Run"][];
            first_id: string | null;
            last_id: string | null;
            /** @description Ask again with `after` set to `last_id`. */
            has_more: boolean;
        };
        /** @enum {string} */
        RunStatus: "running" | "succeeded" | "failed" | "cancelled";
        /** @enum {string} */
        RunTask: "generate-image" | "caption" | "vqa" | "nlvr2" | "reconstruct";
        /** @description How they were sampled: with it, its seed and the model, one image is painted again alone. */
        Sampled: {
            /** @description In which order the grid positions get their codes. Default: the model’s own (`sampler` in GET /v1/models), else the paper’s `mask-predict`. `adaptive-easy-first` writes in each pass as many positions as the model is sure of together. */
            strategy?: components["schemas"]["SamplingStrategy"];
            /** @description Passes of the model; adaptive-easy-first may need fewer. Default: the model’s own, of a strategy that is named 4 for mask-predict, 6 for adaptive-easy-first, 1 for parallel, else one per grid position. Prompts × n × steps may be 2048, and 512 with `intermediate` or as events. */
            steps?: number;
            /** @description 0 takes the likeliest code, whatever the seed. Default 0; 0.5 for n above 1; 1 with top_k. */
            temperature?: number;
            /** @description Draw among this many of the likeliest codes. Default: all. */
            top_k?: number;
        };
        /** @description Default: the model’s own, else mask-predict, 4 steps. */
        Sampler: {
            /** @description In which order the grid positions get their codes. Default: the model’s own (`sampler` in GET /v1/models), else the paper’s `mask-predict`. `adaptive-easy-first` writes in each pass as many positions as the model is sure of together. */
            strategy?: components["schemas"]["SamplingStrategy"];
            /** @description Passes of the model; adaptive-easy-first may need fewer. Default: the model’s own, of a strategy that is named 4 for mask-predict, 6 for adaptive-easy-first, 1 for parallel, else one per grid position. Prompts × n × steps may be 2048, and 512 with `intermediate` or as events. */
            steps?: number;
            /** @description 0 takes the likeliest code, whatever the seed. Default 0; 0.5 for n above 1; 1 with top_k. */
            temperature?: number;
            /** @description Draw among this many of the likeliest codes. Default: all. */
            top_k?: number;
        };
        /** @enum {string} */
        SamplingStrategy: "adaptive-easy-first" | "mask-predict" | "top-left" | "random" | "easy-first" | "parallel";
        Share: {
            count: number;
            total: number;
            share: number | null;
            interval: number[] | null;
        };
        /** @enum {string} */
        Split: "train" | "validation";
        StripRequest: {
            prompt: string;
            /** @description Default: see `default` in GET /v1/models. */
            model?: string;
            sampler?: components["schemas"]["Sampler"];
            /** @description Of the first image of each prompt; the next ones count up. Default: drawn anew. */
            seed?: number;
            /** @description The steps that are shown. Default: 1, 5, 10, 15, 20, 25, 30, 35, 40, 50, 60, 70, 100, 140, those alone that there are. */
            steps?: number[];
            /**
             * @description Cells that are not written yet: what the generator makes of the masked feature, as the authors do, or grey.
             * @default generator
             */
            unwritten?: components["schemas"]["UnwrittenCells"];
            /** @default png */
            format?: components["schemas"]["ImageFormat"];
        };
        Study: {
            id: string;
            /** @enum {string} */
            object: "study";
            /** @description `hummus`: a word of the caption is hidden, and people say which it is. `semantic`: which of two pictures fits the caption. `fidelity`: which of two looks more real, without a caption. */
            kind: components["schemas"]["StudyKind"];
            title: string;
            /** @description `preparing`: its pictures are being made. `complete`: every item has all its answers. */
            status: components["schemas"]["StudyStatus"];
            reason: string | null;
            /** Format: date-time */
            created_at: string;
            /** @description Where people answer. */
            url: string;
            sources: string[];
            items: number;
            /** @description Answers that every item gets. */
            annotators: number;
            per_person: number;
            /** @description People take part by links of their own alone. */
            invited: boolean;
            pictures: {
                made: number;
                total: number;
            };
            answers: {
                given: number;
                total: number;
            };
            /** @description Who gave an answer. */
            people: number;
            request: components["schemas"]["StudyRecord"];
        };
        StudyAnswersImport: {
            /** @description The results of a batch as Mechanical Turk gives them: `WorkerId`, `Input.item`, and `Answer.word` or `Answer.choice` (left, right, tie). */
            csv: string;
        };
        StudyImport: {
            /** @enum {string} */
            object: "study.import";
            added: number;
            /** @description Given before: an answer of one person to an item counts once. */
            known: number;
        };
        /** @enum {string} */
        StudyKind: "hummus" | "semantic" | "fidelity";
        StudyList: {
            /** @enum {string} */
            object: "list";
            data: components["schemas"]["Study"][];
            first_id: string | null;
            last_id: string | null;
            /** @description Ask again with `after` set to `last_id`. */
            has_more: boolean;
        };
        /** @description What it was made of: its captions, and whose pictures. */
        StudyRecord: {
            [key: string]: unknown;
        };
        StudyRequest: {
            /** @description `hummus`: a word of the caption is hidden, and people say which it is. `semantic`: which of two pictures fits the caption. `fidelity`: which of two looks more real, without a caption. */
            kind: components["schemas"]["StudyKind"];
            /** @description What people read above the questions. */
            title?: string;
            /** @description Give these, or a data set to draw them from. */
            captions?: string[];
            /** @description `scenes`, or a directory: captions of pictures that are not trained on. */
            dataset?: string;
            /**
             * @description Captions that are drawn.
             * @default 30
             */
            count?: number;
            /** @description Whose pictures. Of a preference two; of `hummus` each has a score of its own. */
            sources: components["schemas"]["StudySource"][];
            /** @description Of `hummus`: the words that are hidden. Default: all three. */
            categories?: components["schemas"]["HummusCategory"][];
            /**
             * @description Of `hummus`: most captions of a category.
             * @default 100
             */
            per_category?: number;
            /**
             * @description Answers that every item gets, each of another person.
             * @default 5
             */
            annotators?: number;
            /**
             * @description Most items that one person is given.
             * @default 50
             */
            per_person?: number;
            /** @description So many people get a link of their own, and nobody else takes part. Left out: everybody who has the link does. */
            invitations?: number;
            /** @default 0 */
            seed?: number;
        };
        StudyResults: {
            id: string;
            /** @enum {string} */
            object: "study.results";
            /** @description `hummus`: a word of the caption is hidden, and people say which it is. `semantic`: which of two pictures fits the caption. `fidelity`: which of two looks more real, without a caption. */
            kind: components["schemas"]["StudyKind"];
            answers: number;
            /** @description Items of which most people gave the hidden word, by source. */
            hummus?: {
                source: string;
                score: components["schemas"]["Share"];
                categories: {
                    [key: string]: components["schemas"]["Share"];
                };
                mean: number | null;
                agreement: number | null;
            }[];
            preference?: {
                first: string;
                second: string;
                shares: {
                    first: components["schemas"]["Share"];
                    second: components["schemas"]["Share"];
                    tie: components["schemas"]["Share"];
                };
                items: {
                    first: number;
                    second: number;
                    tie: number;
                    undecided: number;
                };
                agreement: number | null;
            };
        };
        /** @description One of `model`, `original` and `folder`. */
        StudySource: {
            /** @description A hosted model paints the captions. */
            model?: string;
            sampler?: components["schemas"]["Sampler"];
            /**
             * @description The pictures that the captions were written of, in the data set.
             * @enum {boolean}
             */
            original?: true;
            /** @description In DATA_DIR/pictures: a picture of each caption, in the order of their names. */
            folder?: string;
        };
        /** @enum {string} */
        StudyStatus: "preparing" | "open" | "complete" | "failed";
        Timing: {
            queue_ms: number;
            compute_ms: number;
        };
        TrainJob: {
            id: string;
            /** @enum {string} */
            object: "train_job";
            kind: components["schemas"]["TrainingKind"];
            status: components["schemas"]["TrainJobStatus"];
            /** Format: date-time */
            created_at: string;
            started_at: string | null;
            finished_at: string | null;
            /** @description Steps done. */
            step: number;
            steps: number;
            eta: string | null;
            queue_position: number | null;
            needs: {
                labels: string[];
                memory_mb: number;
            };
            waiting_for: string | null;
            error: {
                /** @description `diverged`, `component_missing`, `component_mismatch`, `run_mismatch`: at once. `training_failed`, `process_died`, `worker_lost`, `not_recorded`: after three tries without a new checkpoint. GET /v1/train-jobs/{id}/log has the details. */
                code: string;
                message: string;
            } | null;
            dataset: string;
            /** @description The checkpoints that it builds on. */
            components: {
                [key: string]: {
                    id: string;
                    revision: string;
                };
            };
            /** @description All of them, resolved. */
            hyperparameters: {
                [key: string]: unknown;
            };
            seed: number;
            suffix: string | null;
            metadata: {
                [key: string]: string;
            };
            /** @description At the end. */
            metrics: {
                [key: string]: number;
            } | null;
            result_model: string | null;
            /** @description Since its last new checkpoint. */
            failures: number;
        };
        TrainJobCheckpoint: {
            id: string;
            /** @enum {string} */
            object: "train_job.checkpoint";
            /**
             * @description `training`: the state that a job goes on from. `result`: the model, in the layout of the zoo.
             * @enum {string}
             */
            kind: "training" | "result";
            step: number;
            created_at: string | null;
            /** @description Of its validation. */
            metrics: {
                [key: string]: number | null;
            };
            /** @description None where a newer checkpoint has taken its place. */
            files: {
                name: string;
                bytes: number;
                url: string;
            }[];
        };
        TrainJobEvent: {
            id: string;
            /** @enum {string} */
            object: "train_job.event";
            /** Format: date-time */
            created_at: string;
            type: components["schemas"]["TrainJobEventType"];
            level: components["schemas"]["TrainJobEventLevel"];
            /** @description For people. */
            message: string;
            data: {
                [key: string]: unknown;
            };
        };
        /** @enum {string} */
        TrainJobEventLevel: "info" | "warn" | "error";
        TrainJobEventList: {
            /** @enum {string} */
            object: "list";
            data: components["schemas"]["TrainJobEvent"][];
            first_id: string | null;
            last_id: string | null;
            /** @description Ask again with `after` set to `last_id`. */
            has_more: boolean;
        };
        /** @enum {string} */
        TrainJobEventType: "status" | "progress" | "checkpoint" | "validation" | "message";
        TrainJobList: {
            /** @enum {string} */
            object: "list";
            data: components["schemas"]["TrainJob"][];
            first_id: string | null;
            last_id: string | null;
            /** @description Ask again with `after` set to `last_id`. */
            has_more: boolean;
        };
        TrainJobRequest: components["schemas"]["GridEncoderTrainJobRequest"] | components["schemas"]["VisualVocabularyTrainJobRequest"] | components["schemas"]["GeneratorTrainJobRequest"] | components["schemas"]["PretrainTrainJobRequest"] | components["schemas"]["VqaTrainJobRequest"] | components["schemas"]["GqaTrainJobRequest"] | components["schemas"]["Nlvr2TrainJobRequest"] | components["schemas"]["RecogniserTrainJobRequest"] | components["schemas"]["DrawingEncoderTrainJobRequest"] | components["schemas"]["PictureRouterTrainJobRequest"] | components["schemas"]["ExtractTrainJobRequest"];
        /** @enum {string} */
        TrainJobStatus: "queued" | "running" | "paused" | "succeeded" | "failed" | "cancelled";
        /** @enum {string} */
        TrainingKind: "grid-encoder" | "visual-vocabulary" | "generator" | "pretrain" | "vqa" | "gqa" | "nlvr2" | "recogniser" | "drawing-encoder" | "picture-router" | "extract" | "evaluate";
        /** @enum {string} */
        TunedKind: "vqa" | "gqa" | "nlvr2" | "pretrain";
        /** @enum {string} */
        UnwrittenCells: "generator" | "grey";
        /** @description Of the kind visual-vocabulary. Those left out get their defaults. */
        VisualVocabularyHyperparameters: {
            /** @default 1024 */
            clusters?: number;
            /** @default 20 */
            iterations?: number;
            /**
             * @description Training scenes sampled; of a directory all pictures of pre-training, or these
             * @default 8192
             */
            scenes?: number;
            /**
             * @description Share of the points that are cells of objects, where that is known: in scenes
             * @default 0.75
             */
            object_share?: number;
            /** @default 300 */
            gate_scenes?: number;
            /**
             * @description Values in place of the defaults: `paper`, those of the paper (sections 5.3, C and D).
             * @enum {string}
             */
            preset?: "paper";
        };
        /** @description k-means over grid features */
        VisualVocabularyTrainJobRequest: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "visual-vocabulary";
            /** @description See GET /v1/datasets. */
            dataset: string;
            /** @description What else it builds on. Default: what the base model was built on, else the demo zoo. */
            components?: {
                /** @description A grid encoder, or a finished job. */
                grid_encoder?: string;
            };
            hyperparameters?: components["schemas"]["VisualVocabularyHyperparameters"];
            /** @description Default: drawn, and shown in the job. */
            seed?: number;
            /** @description Of the id that its result gets when it is promoted without one. */
            suffix?: string;
            needs?: components["schemas"]["NeedsOfTrainJob"];
            /** @description Up to 16 texts of your own, shown in the job. */
            metadata?: {
                [key: string]: string;
            };
        };
        /**
         * @example {
         *       "id": "run_01m8kmg2k97mz53f5qbb0rqh00",
         *       "model": "x-lxmert-vqa-scenes",
         *       "revision": "bb10150684b853873a13524d8e6f14e7e37b8a9fa549df1174e6240c51abad2e",
         *       "engine": "onnxruntime-cpu-auto",
         *       "answer": "red",
         *       "answers": [
         *         {
         *           "answer": "red",
         *           "score": 0.986
         *         },
         *         {
         *           "answer": "purple",
         *           "score": 0.0058
         *         }
         *       ],
         *       "truncated": false,
         *       "unknown_words": [],
         *       "timing": {
         *         "queue_ms": 0.06,
         *         "compute_ms": 32.15
         *       }
         *     }
         */
        VqaAnswer: {
            id: string | null;
            /**
             * @description `false` when a full disk has kept the result from being recorded; else left out.
             * @enum {boolean}
             */
            recorded?: false;
            model: string;
            /** @description Content hash of the checkpoint and its components. */
            revision: string;
            engine: string;
            /** @description The best of the answers. */
            answer: string;
            /** @description The best first, with their probabilities (of a VQA model, each of its own; of a GQA model, together 1). */
            answers: {
                answer: string;
                score: number;
            }[];
            occlusion?: components["schemas"]["Occlusion"];
            /** @description The question was longer than the model reads and was cut. */
            truncated: boolean;
            /** @description Words of the question, in lower case, that the model's vocabulary has neither whole nor in longer pieces: it cannot know what they mean. */
            unknown_words: string[];
            timing: components["schemas"]["Timing"];
        };
        /** @description Of the kind vqa. Those left out get their defaults. */
        VqaHyperparameters: {
            /** @default 3000 */
            steps?: number;
            /** @default 32 */
            batch_size?: number;
            /** @default 0.0005 */
            learning_rate?: number;
            /**
             * @description Share of the steps over which the learning rate rises; it falls linearly afterwards
             * @default 0.1
             */
            warmup_ratio?: number;
            /** @default 0.01 */
            weight_decay?: number;
            /** @default 1 */
            max_grad_norm?: number;
            /**
             * @description Steps between checkpoints, validation and sample sheets
             * @default 500
             */
            checkpoint_every?: number;
            /**
             * @description Steps that the engine runs in one call
             * @default 8
             */
            steps_per_call?: number;
            /**
             * @description Rows of a pass: a batch is done in passes of so many, whose gradients add up to those of the batch, in the memory of one; 0: all at once
             * @default 0
             */
            micro_batch_size?: number;
            /**
             * @description Of matrix products; bf16 is faster on a GPU, and what learns stays float32. The default engine only imitates it
             * @default float32
             */
            precision?: "float32" | "bf16";
            /**
             * @description Processes that each do a part of every batch, on a GPU of its own where there are several, and add up their gradients
             * @default 1
             */
            processes?: number;
            /**
             * @description Share of the activations and attention weights that a training step drops; the paper’s models have 0.1
             * @default 0
             */
            dropout?: number;
            /**
             * @description Training scenes, whose features are computed once; of a directory all pictures, or these
             * @default 16384
             */
            scenes?: number;
            /** @default 256 */
            validation_scenes?: number;
            /**
             * @description See pictures as so many boxes of a picture encoder that proposes them (the published detector, grid-encoder/coco), such as 36; 0: as its grid. Of features of boxes as many as there are
             * @default 0
             */
            boxes?: number;
            /**
             * @description Share of the examples whose pictures are seen as in a mirror, but of those that say left or right
             * @default 0
             */
            mirror_share?: number;
            /**
             * @description Share of the weights of a base_model of the same task in the result, the rest is what was trained: between the two a model often knows more than either
             * @default 0
             */
            base_share?: number;
            /**
             * @description Train without the picture (every feature 0): the baseline of what the words give away
             * @default false
             */
            text_only?: boolean;
            /**
             * @description binary: each answer by itself, as the paper's; softmax: all against one another, which a small model of many answers learns sooner
             * @default binary
             */
            answer_loss?: "binary" | "softmax";
            /**
             * @description Share of the examples that are asked about a picture drawn at random, where the answer is to be as open as the first two words of the question leave it: so that questions are not learnt by heart
             * @default 0
             */
            other_picture_share?: number;
            /** @description In place of `steps`: times that as many examples are drawn as there are training scenes. */
            epochs?: number;
            /**
             * @description Values in place of the defaults: `paper`, those of the paper (sections 5.3, C and D).
             * @enum {string}
             */
            preset?: "paper";
        };
        VqaRequest: {
            /** @description base64, bare or as a data URL; or an http(s) address, on a host that the operator allows. PNG, JPEG, WebP, GIF (its first frame) or AVIF; at most 20 MB and 40 megapixels. */
            image: string;
            /**
             * @description What is longer than the 20 tokens that the model reads is cut.
             * @example what colour is the car?
             */
            question: string;
            /**
             * @description How many answers to return, the best first.
             * @default 5
             */
            top_k?: number;
            /** @description Measures which parts of the image the answer rests on: each of so many by so many blocks is hidden in turn, and the same is asked again. It costs an answer more for each block: 16 at 4, 64 at 8. */
            occlusion?: number;
            /** @description Default: see `default_for` in GET /v1/models. */
            model?: string;
        };
        /** @description X-LXMERT or X-UNITER fine-tuned on questions about scenes */
        VqaTrainJobRequest: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "vqa";
            /** @description See GET /v1/datasets. */
            dataset: string;
            /** @description A model, or a finished job, whose weights it goes on from. */
            base_model?: string;
            /** @description What else it builds on. Default: what the base model was built on, else the demo zoo. */
            components?: {
                /** @description A grid encoder, or a finished job. */
                grid_encoder?: string;
            };
            hyperparameters?: components["schemas"]["VqaHyperparameters"];
            /** @description Default: drawn, and shown in the job. */
            seed?: number;
            /** @description Of the id that its result gets when it is promoted without one. */
            suffix?: string;
            needs?: components["schemas"]["NeedsOfTrainJob"];
            /** @description Up to 16 texts of your own, shown in the job. */
            metadata?: {
                [key: string]: string;
            };
        };
        VqaUpload: {
            /**
             * Format: binary
             * @description PNG, JPEG, WebP, GIF (its first frame) or AVIF; at most 20 MB and 40 megapixels.
             */
            image: Blob;
            /**
             * @description What is longer than the 20 tokens that the model reads is cut.
             * @example what colour is the car?
             */
            question: string;
            /**
             * @description How many answers to return, the best first.
             * @default 5
             */
            top_k?: number;
            /** @description Measures which parts of the image the answer rests on: each of so many by so many blocks is hidden in turn, and the same is asked again. It costs an answer more for each block: 16 at 4, 64 at 8. */
            occlusion?: number;
            /**
             * @description Default: see `default_for` in GET /v1/models.
             * @default
             */
            model?: string;
        };
        Webhook: {
            id: string;
            /** @enum {string} */
            object: "webhook";
            /** Format: date-time */
            created_at: string;
            url: string;
            events: components["schemas"]["WebhookEvent"][];
            disabled_at: string | null;
        };
        WebhookDelivery: {
            /** @description The `webhook-id` that the receiver sees. */
            id: string;
            event: components["schemas"]["WebhookEvent"];
            /** Format: date-time */
            created_at: string;
            status: components["schemas"]["DeliveryStatus"];
            attempts: number;
            next_attempt_at: string | null;
            delivered_at: string | null;
            error: string | null;
            /** @description As it is sent and signed. */
            body: string;
        };
        WebhookDeliveryList: {
            /** @enum {string} */
            object: "list";
            data: components["schemas"]["WebhookDelivery"][];
            first_id: string | null;
            last_id: string | null;
            /** @description Ask again with `after` set to `last_id`. */
            has_more: boolean;
        };
        /** @enum {string} */
        WebhookEvent: "run.succeeded" | "run.failed" | "run.cancelled" | "job.succeeded" | "job.failed" | "job.cancelled";
        WebhookList: {
            /** @enum {string} */
            object: "list";
            data: components["schemas"]["Webhook"][];
            first_id: string | null;
            last_id: string | null;
            /** @description Ask again with `after` set to `last_id`. */
            has_more: boolean;
        };
        WebhookRequest: {
            /**
             * @description An http or https address on its own port, at a host with public addresses.
             * @example https://example.org/hooks/xlxmert
             */
            url: string;
            /** @description Of what it is told. Default: of all. */
            events?: components["schemas"]["WebhookEvent"][];
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    paintImage: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body give the stored answer. */
                "idempotency-key"?: string;
                /** @description `respond-async`: the answer is 202 and the run, which goes on without its client and is found at `Location`; with `wait=10`, only if it takes more than 10 seconds. Its images are kept, and webhooks are told of its end. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "prompt": "a giraffe standing on grass next to a red car",
                 *       "seed": 1,
                 *       "store": true
                 *     }
                 */
                "application/json": components["schemas"]["PaintRequest"];
            };
        };
        responses: {
            /** @description Painted. */
            200: {
                headers: {
                    /** @description Of the run: GET /v1/runs/{id}. Left out when a full disk has kept it from being recorded. */
                    "x-run-id"?: string;
                    /** @description `false` when a full disk has kept the result from being recorded; else left out. */
                    "x-recorded"?: boolean;
                    "x-model"?: string;
                    "x-revision"?: string;
                    "x-engine"?: string;
                    "x-seed"?: number;
                    "x-truncated"?: boolean;
                    /** @description The first of them, percent-encoded and separated by commas. */
                    "x-unknown-words"?: string;
                    /** @description What was read, percent-encoded, where the prompt leaves out what goes without saying. */
                    "x-revised-prompt"?: string;
                    /** @description The visual codes, separated by commas. */
                    "x-codes"?: string;
                    "x-queue-ms"?: number;
                    "x-compute-ms"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PaintAnswer"];
                };
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 406: `not_acceptable`
             *     - 408: `request_timeout`
             *     - 409: `idempotency_key_in_flight`, `model_busy`, `run_state`, `job_state`, `study_state`, `answer_given`, `model_exists`, `model_shipped`, `dataset_shipped`, `model_in_use`
             *     - 413: `payload_too_large`, `image_too_large`
             *     - 415: `unsupported_media_type`, `image_not_supported`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 422: `impossible_request`, `dataset_unusable`, `component_unusable`, `image_damaged`, `image_url_not_allowed`, `webhook_url_not_allowed`, `image_not_reachable`, `task_not_supported`, `idempotency_key_reused`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    paintImageFile: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body give the stored answer. */
                "idempotency-key"?: string;
                /** @description `respond-async`: the answer is 202 and the run, which goes on without its client and is found at `Location`; with `wait=10`, only if it takes more than 10 seconds. Its images are kept, and webhooks are told of its end. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "prompt": "a giraffe standing on grass next to a red car",
                 *       "seed": 1,
                 *       "store": true
                 *     }
                 */
                "application/json": components["schemas"]["PaintRequest"];
            };
        };
        responses: {
            /** @description Painted. */
            200: {
                headers: {
                    /** @description Of the run: GET /v1/runs/{id}. Left out when a full disk has kept it from being recorded. */
                    "x-run-id"?: string;
                    /** @description `false` when a full disk has kept the result from being recorded; else left out. */
                    "x-recorded"?: boolean;
                    "x-model"?: string;
                    "x-revision"?: string;
                    "x-engine"?: string;
                    "x-seed"?: number;
                    "x-truncated"?: boolean;
                    /** @description The first of them, percent-encoded and separated by commas. */
                    "x-unknown-words"?: string;
                    /** @description What was read, percent-encoded, where the prompt leaves out what goes without saying. */
                    "x-revised-prompt"?: string;
                    /** @description The visual codes, separated by commas. */
                    "x-codes"?: string;
                    "x-queue-ms"?: number;
                    "x-compute-ms"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "image/png": Blob;
                    "image/jpeg": Blob;
                    "image/webp": Blob;
                };
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 406: `not_acceptable`
             *     - 408: `request_timeout`
             *     - 409: `idempotency_key_in_flight`, `model_busy`, `run_state`, `job_state`, `study_state`, `answer_given`, `model_exists`, `model_shipped`, `dataset_shipped`, `model_in_use`
             *     - 413: `payload_too_large`, `image_too_large`
             *     - 415: `unsupported_media_type`, `image_not_supported`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 422: `impossible_request`, `dataset_unusable`, `component_unusable`, `image_damaged`, `image_url_not_allowed`, `webhook_url_not_allowed`, `image_not_reachable`, `task_not_supported`, `idempotency_key_reused`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    paintImageStream: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body give the stored answer. */
                "idempotency-key"?: string;
                /** @description `respond-async`: the answer is 202 and the run, which goes on without its client and is found at `Location`; with `wait=10`, only if it takes more than 10 seconds. Its images are kept, and webhooks are told of its end. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "prompt": "a giraffe standing on grass next to a red car",
                 *       "seed": 1,
                 *       "store": true
                 *     }
                 */
                "application/json": components["schemas"]["PaintRequest"];
            };
        };
        responses: {
            /** @description Painted. */
            200: {
                headers: {
                    /** @description Of the run: GET /v1/runs/{id}. Left out when a full disk has kept it from being recorded. */
                    "x-run-id"?: string;
                    /** @description `false` when a full disk has kept the result from being recorded; else left out. */
                    "x-recorded"?: boolean;
                    "x-model"?: string;
                    "x-revision"?: string;
                    "x-engine"?: string;
                    "x-seed"?: number;
                    "x-truncated"?: boolean;
                    /** @description The first of them, percent-encoded and separated by commas. */
                    "x-unknown-words"?: string;
                    /** @description What was read, percent-encoded, where the prompt leaves out what goes without saying. */
                    "x-revised-prompt"?: string;
                    /** @description The visual codes, separated by commas. */
                    "x-codes"?: string;
                    "x-queue-ms"?: number;
                    "x-compute-ms"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["PaintStep"];
                };
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 406: `not_acceptable`
             *     - 408: `request_timeout`
             *     - 409: `idempotency_key_in_flight`, `model_busy`, `run_state`, `job_state`, `study_state`, `answer_given`, `model_exists`, `model_shipped`, `dataset_shipped`, `model_in_use`
             *     - 413: `payload_too_large`, `image_too_large`
             *     - 415: `unsupported_media_type`, `image_not_supported`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 422: `impossible_request`, `dataset_unusable`, `component_unusable`, `image_damaged`, `image_url_not_allowed`, `webhook_url_not_allowed`, `image_not_reachable`, `task_not_supported`, `idempotency_key_reused`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    paintImageStrip: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body give the stored answer. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "prompt": "a giraffe standing on grass next to a red car",
                 *       "seed": 1
                 *     }
                 */
                "application/json": components["schemas"]["StripRequest"];
            };
        };
        responses: {
            /** @description The strip. `x-steps` says which steps it shows. */
            200: {
                headers: {
                    /** @description Of the run: GET /v1/runs/{id}. Left out when a full disk has kept it from being recorded. */
                    "x-run-id"?: string;
                    /** @description `false` when a full disk has kept the result from being recorded; else left out. */
                    "x-recorded"?: boolean;
                    "x-model"?: string;
                    "x-seed"?: number;
                    "x-steps"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "image/png": Blob;
                    "image/jpeg": Blob;
                    "image/webp": Blob;
                };
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 408: `request_timeout`
             *     - 409: `idempotency_key_in_flight`, `model_busy`, `run_state`, `job_state`, `study_state`, `answer_given`, `model_exists`, `model_shipped`, `dataset_shipped`, `model_in_use`
             *     - 413: `payload_too_large`, `image_too_large`
             *     - 415: `unsupported_media_type`, `image_not_supported`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 422: `impossible_request`, `dataset_unusable`, `component_unusable`, `image_damaged`, `image_url_not_allowed`, `webhook_url_not_allowed`, `image_not_reachable`, `task_not_supported`, `idempotency_key_reused`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    captionImage: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body give the stored answer. */
                "idempotency-key"?: string;
                /** @description `respond-async`: the answer is 202 and the run, which goes on without its client and is found at `Location`; with `wait=10`, only if it takes more than 10 seconds. Its images are kept, and webhooks are told of its end. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "image": "data:image/webp;base64,UklGRq4EAABXRUJQVlA4IKIEAAAQHACdASqAAIAAPtFgqVAoJSOqJZdK2UAaCWgnAb8icoZSIp8dfVMul+g4d6kNt35mvOM9HP+S30D0QOl1YA+l7+Ax6BLcbgeU2+OPqeS/uVq+4O2W8WuBX7BglPMizLLcmZsQAoHI09Ef+nOkeEebCD3pFz68BBerKrx0se6jDYR8cv+LkwNmmY+BhDPrT6jS3Qx9dnmnpODzxuiKktLUKbIacmZ/SfHIGmP2Rrmr0K0d/YRECppU6FeUwRnnK1pcCbFqscyLF0GvSvk+lSCxpH05uhSr9AyY4RmsXdJ//EZ0SiGX7A4JgAD+0s08hFSN/YbriywJv/frwx3tXyUD7OokCp4XyCa5v+gJ+71wSVWmLW60Q8JWAzH7X2Z9qVYr0kfCSpGiyhO7ENUJDB8m7JKstbqSpaUitPxk3m4lfGOMRl8PHQdXiOHx+JicTwosVteOn62ktmPT1vcShspC5SIgHwBwmj1M/tKtdJOdTFSbrfhofkUBdmt2/hcWr0MUwFO6gcrSXlhG8rk2IRhYbXWmr7lNfi1k9chdKEz0cuz6SX78c4jHbajMhC29PwptivwICwAAAblXUlsCeH16OLSqYYXRcv11Lgnd6OtBTxtVQ9cQc3rfKWDKka4v1AENcZFl2t9rBUAVOClLmtxmHERuwQtdZ4/S2FrMgXTHNg/IjWaWQhM9NbwxyMAvFIjYrEC6/1sHGdVfyLq8yhjfRaxKfotKcgemS8tWl7k/DAtSIKAVmvY8AaZs1Rn8NFQQyv7QdVgm/6cViz6n9eWw1jRMbgcKCsnhVKFCyWUXzFpZibV/QkFOhP07lnf+/s0/UpKc99tFGBa0IsAtrHpWjUT2kuaVlyoXYEgC0JJrj1UJECUfuVYiBAmXs35BuitKH8cviaAPZlDcqrS7nfBB/fvvUT6qZraW8QdWkmnrIbDfpjzMA9IRD7iPgEBe+S71bn5hWVbbNLBYMHx3pAwN/OGoxDwIOWg7f6LWYdNsy+UuXjKdm8puHUdkrIHhoblID9DeplqtYvcL5NMOmbH6FcQJNm4lXRiyX1xPD5DX1GRWzg3h4TrzWpjQgFu9VyXMNTj3tVEEjPsfkz7pWhOryCoLXaksJVkdcXXLQ7zJjOgrv3BhXlf8Mr6AFVoh3tazUZKwHpS+GRp2NVkBQwajoRH7YlNSnlarVN5r5Vhn8G0TlXH+MknD2gxNadyAJHGYVwVAtbo7MevL4tVAqA2dbawXjrWF7HVjf/cB/dTsTe3FpCH9/XeT9DJ2Fj9pvvvyxHpWKeUQB+o96G4Q9MPcz1/4PfyX8OJ9u/wuEUA7xgI6bGzPPWBevqspSKcBwcsrFtyGMfIWyLv0+CYSkNrYoKB8fZIKf/EslHvAfZ3MrRKCFAHKUu7+ClM1yeMIzsVD4RroAmkRFnzXirdI/B7w0DZzIBGScKklKSbNy22erMpFWxGVGstp3+Q//asFsn8uI90tgtlk9rgSIShCO1HaWVCWouosSBYo/n3ueiMk9EsFQ0qBfgC1DYD29rWEAUqzA4qO9X0xzUoxtMllCKe4RaRiTVS/CeVrJUpTrfd0AAAA",
                 *       "prefix": "A",
                 *       "n": 2,
                 *       "seed": 1
                 *     }
                 */
                "application/json": components["schemas"]["CaptionRequest"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CaptionAnswer"];
                };
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 406: `not_acceptable`
             *     - 408: `request_timeout`
             *     - 409: `idempotency_key_in_flight`, `model_busy`, `run_state`, `job_state`, `study_state`, `answer_given`, `model_exists`, `model_shipped`, `dataset_shipped`, `model_in_use`
             *     - 413: `payload_too_large`, `image_too_large`
             *     - 415: `unsupported_media_type`, `image_not_supported`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 422: `impossible_request`, `dataset_unusable`, `component_unusable`, `image_damaged`, `image_url_not_allowed`, `webhook_url_not_allowed`, `image_not_reachable`, `task_not_supported`, `idempotency_key_reused`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    captionUpload: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body give the stored answer. */
                "idempotency-key"?: string;
                /** @description `respond-async`: the answer is 202 and the run, which goes on without its client and is found at `Location`; with `wait=10`, only if it takes more than 10 seconds. Its images are kept, and webhooks are told of its end. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": components["schemas"]["CaptionUpload"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CaptionAnswer"];
                };
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 406: `not_acceptable`
             *     - 408: `request_timeout`
             *     - 409: `idempotency_key_in_flight`, `model_busy`, `run_state`, `job_state`, `study_state`, `answer_given`, `model_exists`, `model_shipped`, `dataset_shipped`, `model_in_use`
             *     - 413: `payload_too_large`, `image_too_large`
             *     - 415: `unsupported_media_type`, `image_not_supported`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 422: `impossible_request`, `dataset_unusable`, `component_unusable`, `image_damaged`, `image_url_not_allowed`, `webhook_url_not_allowed`, `image_not_reachable`, `task_not_supported`, `idempotency_key_reused`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    captionImageStream: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body give the stored answer. */
                "idempotency-key"?: string;
                /** @description `respond-async`: the answer is 202 and the run, which goes on without its client and is found at `Location`; with `wait=10`, only if it takes more than 10 seconds. Its images are kept, and webhooks are told of its end. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "image": "data:image/webp;base64,UklGRq4EAABXRUJQVlA4IKIEAAAQHACdASqAAIAAPtFgqVAoJSOqJZdK2UAaCWgnAb8icoZSIp8dfVMul+g4d6kNt35mvOM9HP+S30D0QOl1YA+l7+Ax6BLcbgeU2+OPqeS/uVq+4O2W8WuBX7BglPMizLLcmZsQAoHI09Ef+nOkeEebCD3pFz68BBerKrx0se6jDYR8cv+LkwNmmY+BhDPrT6jS3Qx9dnmnpODzxuiKktLUKbIacmZ/SfHIGmP2Rrmr0K0d/YRECppU6FeUwRnnK1pcCbFqscyLF0GvSvk+lSCxpH05uhSr9AyY4RmsXdJ//EZ0SiGX7A4JgAD+0s08hFSN/YbriywJv/frwx3tXyUD7OokCp4XyCa5v+gJ+71wSVWmLW60Q8JWAzH7X2Z9qVYr0kfCSpGiyhO7ENUJDB8m7JKstbqSpaUitPxk3m4lfGOMRl8PHQdXiOHx+JicTwosVteOn62ktmPT1vcShspC5SIgHwBwmj1M/tKtdJOdTFSbrfhofkUBdmt2/hcWr0MUwFO6gcrSXlhG8rk2IRhYbXWmr7lNfi1k9chdKEz0cuz6SX78c4jHbajMhC29PwptivwICwAAAblXUlsCeH16OLSqYYXRcv11Lgnd6OtBTxtVQ9cQc3rfKWDKka4v1AENcZFl2t9rBUAVOClLmtxmHERuwQtdZ4/S2FrMgXTHNg/IjWaWQhM9NbwxyMAvFIjYrEC6/1sHGdVfyLq8yhjfRaxKfotKcgemS8tWl7k/DAtSIKAVmvY8AaZs1Rn8NFQQyv7QdVgm/6cViz6n9eWw1jRMbgcKCsnhVKFCyWUXzFpZibV/QkFOhP07lnf+/s0/UpKc99tFGBa0IsAtrHpWjUT2kuaVlyoXYEgC0JJrj1UJECUfuVYiBAmXs35BuitKH8cviaAPZlDcqrS7nfBB/fvvUT6qZraW8QdWkmnrIbDfpjzMA9IRD7iPgEBe+S71bn5hWVbbNLBYMHx3pAwN/OGoxDwIOWg7f6LWYdNsy+UuXjKdm8puHUdkrIHhoblID9DeplqtYvcL5NMOmbH6FcQJNm4lXRiyX1xPD5DX1GRWzg3h4TrzWpjQgFu9VyXMNTj3tVEEjPsfkz7pWhOryCoLXaksJVkdcXXLQ7zJjOgrv3BhXlf8Mr6AFVoh3tazUZKwHpS+GRp2NVkBQwajoRH7YlNSnlarVN5r5Vhn8G0TlXH+MknD2gxNadyAJHGYVwVAtbo7MevL4tVAqA2dbawXjrWF7HVjf/cB/dTsTe3FpCH9/XeT9DJ2Fj9pvvvyxHpWKeUQB+o96G4Q9MPcz1/4PfyX8OJ9u/wuEUA7xgI6bGzPPWBevqspSKcBwcsrFtyGMfIWyLv0+CYSkNrYoKB8fZIKf/EslHvAfZ3MrRKCFAHKUu7+ClM1yeMIzsVD4RroAmkRFnzXirdI/B7w0DZzIBGScKklKSbNy22erMpFWxGVGstp3+Q//asFsn8uI90tgtlk9rgSIShCO1HaWVCWouosSBYo/n3ueiMk9EsFQ0qBfgC1DYD29rWEAUqzA4qO9X0xzUoxtMllCKe4RaRiTVS/CeVrJUpTrfd0AAAA",
                 *       "prefix": "A",
                 *       "n": 2,
                 *       "seed": 1
                 *     }
                 */
                "application/json": components["schemas"]["CaptionRequest"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["CaptionEvent"];
                };
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 406: `not_acceptable`
             *     - 408: `request_timeout`
             *     - 409: `idempotency_key_in_flight`, `model_busy`, `run_state`, `job_state`, `study_state`, `answer_given`, `model_exists`, `model_shipped`, `dataset_shipped`, `model_in_use`
             *     - 413: `payload_too_large`, `image_too_large`
             *     - 415: `unsupported_media_type`, `image_not_supported`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 422: `impossible_request`, `dataset_unusable`, `component_unusable`, `image_damaged`, `image_url_not_allowed`, `webhook_url_not_allowed`, `image_not_reachable`, `task_not_supported`, `idempotency_key_reused`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    answerQuestion: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body give the stored answer. */
                "idempotency-key"?: string;
                /** @description `respond-async`: the answer is 202 and the run, which goes on without its client and is found at `Location`; with `wait=10`, only if it takes more than 10 seconds. Its images are kept, and webhooks are told of its end. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "image": "data:image/webp;base64,UklGRq4EAABXRUJQVlA4IKIEAAAQHACdASqAAIAAPtFgqVAoJSOqJZdK2UAaCWgnAb8icoZSIp8dfVMul+g4d6kNt35mvOM9HP+S30D0QOl1YA+l7+Ax6BLcbgeU2+OPqeS/uVq+4O2W8WuBX7BglPMizLLcmZsQAoHI09Ef+nOkeEebCD3pFz68BBerKrx0se6jDYR8cv+LkwNmmY+BhDPrT6jS3Qx9dnmnpODzxuiKktLUKbIacmZ/SfHIGmP2Rrmr0K0d/YRECppU6FeUwRnnK1pcCbFqscyLF0GvSvk+lSCxpH05uhSr9AyY4RmsXdJ//EZ0SiGX7A4JgAD+0s08hFSN/YbriywJv/frwx3tXyUD7OokCp4XyCa5v+gJ+71wSVWmLW60Q8JWAzH7X2Z9qVYr0kfCSpGiyhO7ENUJDB8m7JKstbqSpaUitPxk3m4lfGOMRl8PHQdXiOHx+JicTwosVteOn62ktmPT1vcShspC5SIgHwBwmj1M/tKtdJOdTFSbrfhofkUBdmt2/hcWr0MUwFO6gcrSXlhG8rk2IRhYbXWmr7lNfi1k9chdKEz0cuz6SX78c4jHbajMhC29PwptivwICwAAAblXUlsCeH16OLSqYYXRcv11Lgnd6OtBTxtVQ9cQc3rfKWDKka4v1AENcZFl2t9rBUAVOClLmtxmHERuwQtdZ4/S2FrMgXTHNg/IjWaWQhM9NbwxyMAvFIjYrEC6/1sHGdVfyLq8yhjfRaxKfotKcgemS8tWl7k/DAtSIKAVmvY8AaZs1Rn8NFQQyv7QdVgm/6cViz6n9eWw1jRMbgcKCsnhVKFCyWUXzFpZibV/QkFOhP07lnf+/s0/UpKc99tFGBa0IsAtrHpWjUT2kuaVlyoXYEgC0JJrj1UJECUfuVYiBAmXs35BuitKH8cviaAPZlDcqrS7nfBB/fvvUT6qZraW8QdWkmnrIbDfpjzMA9IRD7iPgEBe+S71bn5hWVbbNLBYMHx3pAwN/OGoxDwIOWg7f6LWYdNsy+UuXjKdm8puHUdkrIHhoblID9DeplqtYvcL5NMOmbH6FcQJNm4lXRiyX1xPD5DX1GRWzg3h4TrzWpjQgFu9VyXMNTj3tVEEjPsfkz7pWhOryCoLXaksJVkdcXXLQ7zJjOgrv3BhXlf8Mr6AFVoh3tazUZKwHpS+GRp2NVkBQwajoRH7YlNSnlarVN5r5Vhn8G0TlXH+MknD2gxNadyAJHGYVwVAtbo7MevL4tVAqA2dbawXjrWF7HVjf/cB/dTsTe3FpCH9/XeT9DJ2Fj9pvvvyxHpWKeUQB+o96G4Q9MPcz1/4PfyX8OJ9u/wuEUA7xgI6bGzPPWBevqspSKcBwcsrFtyGMfIWyLv0+CYSkNrYoKB8fZIKf/EslHvAfZ3MrRKCFAHKUu7+ClM1yeMIzsVD4RroAmkRFnzXirdI/B7w0DZzIBGScKklKSbNy22erMpFWxGVGstp3+Q//asFsn8uI90tgtlk9rgSIShCO1HaWVCWouosSBYo/n3ueiMk9EsFQ0qBfgC1DYD29rWEAUqzA4qO9X0xzUoxtMllCKe4RaRiTVS/CeVrJUpTrfd0AAAA",
                 *       "question": "what colour is the car?"
                 *     }
                 */
                "application/json": components["schemas"]["VqaRequest"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VqaAnswer"];
                };
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 406: `not_acceptable`
             *     - 408: `request_timeout`
             *     - 409: `idempotency_key_in_flight`, `model_busy`, `run_state`, `job_state`, `study_state`, `answer_given`, `model_exists`, `model_shipped`, `dataset_shipped`, `model_in_use`
             *     - 413: `payload_too_large`, `image_too_large`
             *     - 415: `unsupported_media_type`, `image_not_supported`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 422: `impossible_request`, `dataset_unusable`, `component_unusable`, `image_damaged`, `image_url_not_allowed`, `webhook_url_not_allowed`, `image_not_reachable`, `task_not_supported`, `idempotency_key_reused`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    answerQuestionOnUpload: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body give the stored answer. */
                "idempotency-key"?: string;
                /** @description `respond-async`: the answer is 202 and the run, which goes on without its client and is found at `Location`; with `wait=10`, only if it takes more than 10 seconds. Its images are kept, and webhooks are told of its end. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": components["schemas"]["VqaUpload"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VqaAnswer"];
                };
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 406: `not_acceptable`
             *     - 408: `request_timeout`
             *     - 409: `idempotency_key_in_flight`, `model_busy`, `run_state`, `job_state`, `study_state`, `answer_given`, `model_exists`, `model_shipped`, `dataset_shipped`, `model_in_use`
             *     - 413: `payload_too_large`, `image_too_large`
             *     - 415: `unsupported_media_type`, `image_not_supported`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 422: `impossible_request`, `dataset_unusable`, `component_unusable`, `image_damaged`, `image_url_not_allowed`, `webhook_url_not_allowed`, `image_not_reachable`, `task_not_supported`, `idempotency_key_reused`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    answerQuestionStream: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body give the stored answer. */
                "idempotency-key"?: string;
                /** @description `respond-async`: the answer is 202 and the run, which goes on without its client and is found at `Location`; with `wait=10`, only if it takes more than 10 seconds. Its images are kept, and webhooks are told of its end. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "image": "data:image/webp;base64,UklGRq4EAABXRUJQVlA4IKIEAAAQHACdASqAAIAAPtFgqVAoJSOqJZdK2UAaCWgnAb8icoZSIp8dfVMul+g4d6kNt35mvOM9HP+S30D0QOl1YA+l7+Ax6BLcbgeU2+OPqeS/uVq+4O2W8WuBX7BglPMizLLcmZsQAoHI09Ef+nOkeEebCD3pFz68BBerKrx0se6jDYR8cv+LkwNmmY+BhDPrT6jS3Qx9dnmnpODzxuiKktLUKbIacmZ/SfHIGmP2Rrmr0K0d/YRECppU6FeUwRnnK1pcCbFqscyLF0GvSvk+lSCxpH05uhSr9AyY4RmsXdJ//EZ0SiGX7A4JgAD+0s08hFSN/YbriywJv/frwx3tXyUD7OokCp4XyCa5v+gJ+71wSVWmLW60Q8JWAzH7X2Z9qVYr0kfCSpGiyhO7ENUJDB8m7JKstbqSpaUitPxk3m4lfGOMRl8PHQdXiOHx+JicTwosVteOn62ktmPT1vcShspC5SIgHwBwmj1M/tKtdJOdTFSbrfhofkUBdmt2/hcWr0MUwFO6gcrSXlhG8rk2IRhYbXWmr7lNfi1k9chdKEz0cuz6SX78c4jHbajMhC29PwptivwICwAAAblXUlsCeH16OLSqYYXRcv11Lgnd6OtBTxtVQ9cQc3rfKWDKka4v1AENcZFl2t9rBUAVOClLmtxmHERuwQtdZ4/S2FrMgXTHNg/IjWaWQhM9NbwxyMAvFIjYrEC6/1sHGdVfyLq8yhjfRaxKfotKcgemS8tWl7k/DAtSIKAVmvY8AaZs1Rn8NFQQyv7QdVgm/6cViz6n9eWw1jRMbgcKCsnhVKFCyWUXzFpZibV/QkFOhP07lnf+/s0/UpKc99tFGBa0IsAtrHpWjUT2kuaVlyoXYEgC0JJrj1UJECUfuVYiBAmXs35BuitKH8cviaAPZlDcqrS7nfBB/fvvUT6qZraW8QdWkmnrIbDfpjzMA9IRD7iPgEBe+S71bn5hWVbbNLBYMHx3pAwN/OGoxDwIOWg7f6LWYdNsy+UuXjKdm8puHUdkrIHhoblID9DeplqtYvcL5NMOmbH6FcQJNm4lXRiyX1xPD5DX1GRWzg3h4TrzWpjQgFu9VyXMNTj3tVEEjPsfkz7pWhOryCoLXaksJVkdcXXLQ7zJjOgrv3BhXlf8Mr6AFVoh3tazUZKwHpS+GRp2NVkBQwajoRH7YlNSnlarVN5r5Vhn8G0TlXH+MknD2gxNadyAJHGYVwVAtbo7MevL4tVAqA2dbawXjrWF7HVjf/cB/dTsTe3FpCH9/XeT9DJ2Fj9pvvvyxHpWKeUQB+o96G4Q9MPcz1/4PfyX8OJ9u/wuEUA7xgI6bGzPPWBevqspSKcBwcsrFtyGMfIWyLv0+CYSkNrYoKB8fZIKf/EslHvAfZ3MrRKCFAHKUu7+ClM1yeMIzsVD4RroAmkRFnzXirdI/B7w0DZzIBGScKklKSbNy22erMpFWxGVGstp3+Q//asFsn8uI90tgtlk9rgSIShCO1HaWVCWouosSBYo/n3ueiMk9EsFQ0qBfgC1DYD29rWEAUqzA4qO9X0xzUoxtMllCKe4RaRiTVS/CeVrJUpTrfd0AAAA",
                 *       "question": "what colour is the car?"
                 *     }
                 */
                "application/json": components["schemas"]["VqaRequest"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["VqaAnswer"];
                };
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 406: `not_acceptable`
             *     - 408: `request_timeout`
             *     - 409: `idempotency_key_in_flight`, `model_busy`, `run_state`, `job_state`, `study_state`, `answer_given`, `model_exists`, `model_shipped`, `dataset_shipped`, `model_in_use`
             *     - 413: `payload_too_large`, `image_too_large`
             *     - 415: `unsupported_media_type`, `image_not_supported`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 422: `impossible_request`, `dataset_unusable`, `component_unusable`, `image_damaged`, `image_url_not_allowed`, `webhook_url_not_allowed`, `image_not_reachable`, `task_not_supported`, `idempotency_key_reused`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    judgeStatement: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body give the stored answer. */
                "idempotency-key"?: string;
                /** @description `respond-async`: the answer is 202 and the run, which goes on without its client and is found at `Location`; with `wait=10`, only if it takes more than 10 seconds. Its images are kept, and webhooks are told of its end. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "images": [
                 *         "data:image/webp;base64,UklGRq4EAABXRUJQVlA4IKIEAAAQHACdASqAAIAAPtFgqVAoJSOqJZdK2UAaCWgnAb8icoZSIp8dfVMul+g4d6kNt35mvOM9HP+S30D0QOl1YA+l7+Ax6BLcbgeU2+OPqeS/uVq+4O2W8WuBX7BglPMizLLcmZsQAoHI09Ef+nOkeEebCD3pFz68BBerKrx0se6jDYR8cv+LkwNmmY+BhDPrT6jS3Qx9dnmnpODzxuiKktLUKbIacmZ/SfHIGmP2Rrmr0K0d/YRECppU6FeUwRnnK1pcCbFqscyLF0GvSvk+lSCxpH05uhSr9AyY4RmsXdJ//EZ0SiGX7A4JgAD+0s08hFSN/YbriywJv/frwx3tXyUD7OokCp4XyCa5v+gJ+71wSVWmLW60Q8JWAzH7X2Z9qVYr0kfCSpGiyhO7ENUJDB8m7JKstbqSpaUitPxk3m4lfGOMRl8PHQdXiOHx+JicTwosVteOn62ktmPT1vcShspC5SIgHwBwmj1M/tKtdJOdTFSbrfhofkUBdmt2/hcWr0MUwFO6gcrSXlhG8rk2IRhYbXWmr7lNfi1k9chdKEz0cuz6SX78c4jHbajMhC29PwptivwICwAAAblXUlsCeH16OLSqYYXRcv11Lgnd6OtBTxtVQ9cQc3rfKWDKka4v1AENcZFl2t9rBUAVOClLmtxmHERuwQtdZ4/S2FrMgXTHNg/IjWaWQhM9NbwxyMAvFIjYrEC6/1sHGdVfyLq8yhjfRaxKfotKcgemS8tWl7k/DAtSIKAVmvY8AaZs1Rn8NFQQyv7QdVgm/6cViz6n9eWw1jRMbgcKCsnhVKFCyWUXzFpZibV/QkFOhP07lnf+/s0/UpKc99tFGBa0IsAtrHpWjUT2kuaVlyoXYEgC0JJrj1UJECUfuVYiBAmXs35BuitKH8cviaAPZlDcqrS7nfBB/fvvUT6qZraW8QdWkmnrIbDfpjzMA9IRD7iPgEBe+S71bn5hWVbbNLBYMHx3pAwN/OGoxDwIOWg7f6LWYdNsy+UuXjKdm8puHUdkrIHhoblID9DeplqtYvcL5NMOmbH6FcQJNm4lXRiyX1xPD5DX1GRWzg3h4TrzWpjQgFu9VyXMNTj3tVEEjPsfkz7pWhOryCoLXaksJVkdcXXLQ7zJjOgrv3BhXlf8Mr6AFVoh3tazUZKwHpS+GRp2NVkBQwajoRH7YlNSnlarVN5r5Vhn8G0TlXH+MknD2gxNadyAJHGYVwVAtbo7MevL4tVAqA2dbawXjrWF7HVjf/cB/dTsTe3FpCH9/XeT9DJ2Fj9pvvvyxHpWKeUQB+o96G4Q9MPcz1/4PfyX8OJ9u/wuEUA7xgI6bGzPPWBevqspSKcBwcsrFtyGMfIWyLv0+CYSkNrYoKB8fZIKf/EslHvAfZ3MrRKCFAHKUu7+ClM1yeMIzsVD4RroAmkRFnzXirdI/B7w0DZzIBGScKklKSbNy22erMpFWxGVGstp3+Q//asFsn8uI90tgtlk9rgSIShCO1HaWVCWouosSBYo/n3ueiMk9EsFQ0qBfgC1DYD29rWEAUqzA4qO9X0xzUoxtMllCKe4RaRiTVS/CeVrJUpTrfd0AAAA",
                 *         "data:image/webp;base64,UklGRq4EAABXRUJQVlA4IKIEAAAQHACdASqAAIAAPtFgqVAoJSOqJZdK2UAaCWgnAb8icoZSIp8dfVMul+g4d6kNt35mvOM9HP+S30D0QOl1YA+l7+Ax6BLcbgeU2+OPqeS/uVq+4O2W8WuBX7BglPMizLLcmZsQAoHI09Ef+nOkeEebCD3pFz68BBerKrx0se6jDYR8cv+LkwNmmY+BhDPrT6jS3Qx9dnmnpODzxuiKktLUKbIacmZ/SfHIGmP2Rrmr0K0d/YRECppU6FeUwRnnK1pcCbFqscyLF0GvSvk+lSCxpH05uhSr9AyY4RmsXdJ//EZ0SiGX7A4JgAD+0s08hFSN/YbriywJv/frwx3tXyUD7OokCp4XyCa5v+gJ+71wSVWmLW60Q8JWAzH7X2Z9qVYr0kfCSpGiyhO7ENUJDB8m7JKstbqSpaUitPxk3m4lfGOMRl8PHQdXiOHx+JicTwosVteOn62ktmPT1vcShspC5SIgHwBwmj1M/tKtdJOdTFSbrfhofkUBdmt2/hcWr0MUwFO6gcrSXlhG8rk2IRhYbXWmr7lNfi1k9chdKEz0cuz6SX78c4jHbajMhC29PwptivwICwAAAblXUlsCeH16OLSqYYXRcv11Lgnd6OtBTxtVQ9cQc3rfKWDKka4v1AENcZFl2t9rBUAVOClLmtxmHERuwQtdZ4/S2FrMgXTHNg/IjWaWQhM9NbwxyMAvFIjYrEC6/1sHGdVfyLq8yhjfRaxKfotKcgemS8tWl7k/DAtSIKAVmvY8AaZs1Rn8NFQQyv7QdVgm/6cViz6n9eWw1jRMbgcKCsnhVKFCyWUXzFpZibV/QkFOhP07lnf+/s0/UpKc99tFGBa0IsAtrHpWjUT2kuaVlyoXYEgC0JJrj1UJECUfuVYiBAmXs35BuitKH8cviaAPZlDcqrS7nfBB/fvvUT6qZraW8QdWkmnrIbDfpjzMA9IRD7iPgEBe+S71bn5hWVbbNLBYMHx3pAwN/OGoxDwIOWg7f6LWYdNsy+UuXjKdm8puHUdkrIHhoblID9DeplqtYvcL5NMOmbH6FcQJNm4lXRiyX1xPD5DX1GRWzg3h4TrzWpjQgFu9VyXMNTj3tVEEjPsfkz7pWhOryCoLXaksJVkdcXXLQ7zJjOgrv3BhXlf8Mr6AFVoh3tazUZKwHpS+GRp2NVkBQwajoRH7YlNSnlarVN5r5Vhn8G0TlXH+MknD2gxNadyAJHGYVwVAtbo7MevL4tVAqA2dbawXjrWF7HVjf/cB/dTsTe3FpCH9/XeT9DJ2Fj9pvvvyxHpWKeUQB+o96G4Q9MPcz1/4PfyX8OJ9u/wuEUA7xgI6bGzPPWBevqspSKcBwcsrFtyGMfIWyLv0+CYSkNrYoKB8fZIKf/EslHvAfZ3MrRKCFAHKUu7+ClM1yeMIzsVD4RroAmkRFnzXirdI/B7w0DZzIBGScKklKSbNy22erMpFWxGVGstp3+Q//asFsn8uI90tgtlk9rgSIShCO1HaWVCWouosSBYo/n3ueiMk9EsFQ0qBfgC1DYD29rWEAUqzA4qO9X0xzUoxtMllCKe4RaRiTVS/CeVrJUpTrfd0AAAA"
                 *       ],
                 *       "statement": "both images contain a giraffe"
                 *     }
                 */
                "application/json": components["schemas"]["Nlvr2Request"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Nlvr2Answer"];
                };
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 406: `not_acceptable`
             *     - 408: `request_timeout`
             *     - 409: `idempotency_key_in_flight`, `model_busy`, `run_state`, `job_state`, `study_state`, `answer_given`, `model_exists`, `model_shipped`, `dataset_shipped`, `model_in_use`
             *     - 413: `payload_too_large`, `image_too_large`
             *     - 415: `unsupported_media_type`, `image_not_supported`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 422: `impossible_request`, `dataset_unusable`, `component_unusable`, `image_damaged`, `image_url_not_allowed`, `webhook_url_not_allowed`, `image_not_reachable`, `task_not_supported`, `idempotency_key_reused`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    judgeStatementOnUploads: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body give the stored answer. */
                "idempotency-key"?: string;
                /** @description `respond-async`: the answer is 202 and the run, which goes on without its client and is found at `Location`; with `wait=10`, only if it takes more than 10 seconds. Its images are kept, and webhooks are told of its end. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": components["schemas"]["Nlvr2Upload"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Nlvr2Answer"];
                };
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 406: `not_acceptable`
             *     - 408: `request_timeout`
             *     - 409: `idempotency_key_in_flight`, `model_busy`, `run_state`, `job_state`, `study_state`, `answer_given`, `model_exists`, `model_shipped`, `dataset_shipped`, `model_in_use`
             *     - 413: `payload_too_large`, `image_too_large`
             *     - 415: `unsupported_media_type`, `image_not_supported`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 422: `impossible_request`, `dataset_unusable`, `component_unusable`, `image_damaged`, `image_url_not_allowed`, `webhook_url_not_allowed`, `image_not_reachable`, `task_not_supported`, `idempotency_key_reused`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    judgeStatementStream: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body give the stored answer. */
                "idempotency-key"?: string;
                /** @description `respond-async`: the answer is 202 and the run, which goes on without its client and is found at `Location`; with `wait=10`, only if it takes more than 10 seconds. Its images are kept, and webhooks are told of its end. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "images": [
                 *         "data:image/webp;base64,UklGRq4EAABXRUJQVlA4IKIEAAAQHACdASqAAIAAPtFgqVAoJSOqJZdK2UAaCWgnAb8icoZSIp8dfVMul+g4d6kNt35mvOM9HP+S30D0QOl1YA+l7+Ax6BLcbgeU2+OPqeS/uVq+4O2W8WuBX7BglPMizLLcmZsQAoHI09Ef+nOkeEebCD3pFz68BBerKrx0se6jDYR8cv+LkwNmmY+BhDPrT6jS3Qx9dnmnpODzxuiKktLUKbIacmZ/SfHIGmP2Rrmr0K0d/YRECppU6FeUwRnnK1pcCbFqscyLF0GvSvk+lSCxpH05uhSr9AyY4RmsXdJ//EZ0SiGX7A4JgAD+0s08hFSN/YbriywJv/frwx3tXyUD7OokCp4XyCa5v+gJ+71wSVWmLW60Q8JWAzH7X2Z9qVYr0kfCSpGiyhO7ENUJDB8m7JKstbqSpaUitPxk3m4lfGOMRl8PHQdXiOHx+JicTwosVteOn62ktmPT1vcShspC5SIgHwBwmj1M/tKtdJOdTFSbrfhofkUBdmt2/hcWr0MUwFO6gcrSXlhG8rk2IRhYbXWmr7lNfi1k9chdKEz0cuz6SX78c4jHbajMhC29PwptivwICwAAAblXUlsCeH16OLSqYYXRcv11Lgnd6OtBTxtVQ9cQc3rfKWDKka4v1AENcZFl2t9rBUAVOClLmtxmHERuwQtdZ4/S2FrMgXTHNg/IjWaWQhM9NbwxyMAvFIjYrEC6/1sHGdVfyLq8yhjfRaxKfotKcgemS8tWl7k/DAtSIKAVmvY8AaZs1Rn8NFQQyv7QdVgm/6cViz6n9eWw1jRMbgcKCsnhVKFCyWUXzFpZibV/QkFOhP07lnf+/s0/UpKc99tFGBa0IsAtrHpWjUT2kuaVlyoXYEgC0JJrj1UJECUfuVYiBAmXs35BuitKH8cviaAPZlDcqrS7nfBB/fvvUT6qZraW8QdWkmnrIbDfpjzMA9IRD7iPgEBe+S71bn5hWVbbNLBYMHx3pAwN/OGoxDwIOWg7f6LWYdNsy+UuXjKdm8puHUdkrIHhoblID9DeplqtYvcL5NMOmbH6FcQJNm4lXRiyX1xPD5DX1GRWzg3h4TrzWpjQgFu9VyXMNTj3tVEEjPsfkz7pWhOryCoLXaksJVkdcXXLQ7zJjOgrv3BhXlf8Mr6AFVoh3tazUZKwHpS+GRp2NVkBQwajoRH7YlNSnlarVN5r5Vhn8G0TlXH+MknD2gxNadyAJHGYVwVAtbo7MevL4tVAqA2dbawXjrWF7HVjf/cB/dTsTe3FpCH9/XeT9DJ2Fj9pvvvyxHpWKeUQB+o96G4Q9MPcz1/4PfyX8OJ9u/wuEUA7xgI6bGzPPWBevqspSKcBwcsrFtyGMfIWyLv0+CYSkNrYoKB8fZIKf/EslHvAfZ3MrRKCFAHKUu7+ClM1yeMIzsVD4RroAmkRFnzXirdI/B7w0DZzIBGScKklKSbNy22erMpFWxGVGstp3+Q//asFsn8uI90tgtlk9rgSIShCO1HaWVCWouosSBYo/n3ueiMk9EsFQ0qBfgC1DYD29rWEAUqzA4qO9X0xzUoxtMllCKe4RaRiTVS/CeVrJUpTrfd0AAAA",
                 *         "data:image/webp;base64,UklGRq4EAABXRUJQVlA4IKIEAAAQHACdASqAAIAAPtFgqVAoJSOqJZdK2UAaCWgnAb8icoZSIp8dfVMul+g4d6kNt35mvOM9HP+S30D0QOl1YA+l7+Ax6BLcbgeU2+OPqeS/uVq+4O2W8WuBX7BglPMizLLcmZsQAoHI09Ef+nOkeEebCD3pFz68BBerKrx0se6jDYR8cv+LkwNmmY+BhDPrT6jS3Qx9dnmnpODzxuiKktLUKbIacmZ/SfHIGmP2Rrmr0K0d/YRECppU6FeUwRnnK1pcCbFqscyLF0GvSvk+lSCxpH05uhSr9AyY4RmsXdJ//EZ0SiGX7A4JgAD+0s08hFSN/YbriywJv/frwx3tXyUD7OokCp4XyCa5v+gJ+71wSVWmLW60Q8JWAzH7X2Z9qVYr0kfCSpGiyhO7ENUJDB8m7JKstbqSpaUitPxk3m4lfGOMRl8PHQdXiOHx+JicTwosVteOn62ktmPT1vcShspC5SIgHwBwmj1M/tKtdJOdTFSbrfhofkUBdmt2/hcWr0MUwFO6gcrSXlhG8rk2IRhYbXWmr7lNfi1k9chdKEz0cuz6SX78c4jHbajMhC29PwptivwICwAAAblXUlsCeH16OLSqYYXRcv11Lgnd6OtBTxtVQ9cQc3rfKWDKka4v1AENcZFl2t9rBUAVOClLmtxmHERuwQtdZ4/S2FrMgXTHNg/IjWaWQhM9NbwxyMAvFIjYrEC6/1sHGdVfyLq8yhjfRaxKfotKcgemS8tWl7k/DAtSIKAVmvY8AaZs1Rn8NFQQyv7QdVgm/6cViz6n9eWw1jRMbgcKCsnhVKFCyWUXzFpZibV/QkFOhP07lnf+/s0/UpKc99tFGBa0IsAtrHpWjUT2kuaVlyoXYEgC0JJrj1UJECUfuVYiBAmXs35BuitKH8cviaAPZlDcqrS7nfBB/fvvUT6qZraW8QdWkmnrIbDfpjzMA9IRD7iPgEBe+S71bn5hWVbbNLBYMHx3pAwN/OGoxDwIOWg7f6LWYdNsy+UuXjKdm8puHUdkrIHhoblID9DeplqtYvcL5NMOmbH6FcQJNm4lXRiyX1xPD5DX1GRWzg3h4TrzWpjQgFu9VyXMNTj3tVEEjPsfkz7pWhOryCoLXaksJVkdcXXLQ7zJjOgrv3BhXlf8Mr6AFVoh3tazUZKwHpS+GRp2NVkBQwajoRH7YlNSnlarVN5r5Vhn8G0TlXH+MknD2gxNadyAJHGYVwVAtbo7MevL4tVAqA2dbawXjrWF7HVjf/cB/dTsTe3FpCH9/XeT9DJ2Fj9pvvvyxHpWKeUQB+o96G4Q9MPcz1/4PfyX8OJ9u/wuEUA7xgI6bGzPPWBevqspSKcBwcsrFtyGMfIWyLv0+CYSkNrYoKB8fZIKf/EslHvAfZ3MrRKCFAHKUu7+ClM1yeMIzsVD4RroAmkRFnzXirdI/B7w0DZzIBGScKklKSbNy22erMpFWxGVGstp3+Q//asFsn8uI90tgtlk9rgSIShCO1HaWVCWouosSBYo/n3ueiMk9EsFQ0qBfgC1DYD29rWEAUqzA4qO9X0xzUoxtMllCKe4RaRiTVS/CeVrJUpTrfd0AAAA"
                 *       ],
                 *       "statement": "both images contain a giraffe"
                 *     }
                 */
                "application/json": components["schemas"]["Nlvr2Request"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["Nlvr2Answer"];
                };
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 406: `not_acceptable`
             *     - 408: `request_timeout`
             *     - 409: `idempotency_key_in_flight`, `model_busy`, `run_state`, `job_state`, `study_state`, `answer_given`, `model_exists`, `model_shipped`, `dataset_shipped`, `model_in_use`
             *     - 413: `payload_too_large`, `image_too_large`
             *     - 415: `unsupported_media_type`, `image_not_supported`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 422: `impossible_request`, `dataset_unusable`, `component_unusable`, `image_damaged`, `image_url_not_allowed`, `webhook_url_not_allowed`, `image_not_reachable`, `task_not_supported`, `idempotency_key_reused`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    reconstructImage: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body give the stored answer. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "image": "data:image/webp;base64,UklGRq4EAABXRUJQVlA4IKIEAAAQHACdASqAAIAAPtFgqVAoJSOqJZdK2UAaCWgnAb8icoZSIp8dfVMul+g4d6kNt35mvOM9HP+S30D0QOl1YA+l7+Ax6BLcbgeU2+OPqeS/uVq+4O2W8WuBX7BglPMizLLcmZsQAoHI09Ef+nOkeEebCD3pFz68BBerKrx0se6jDYR8cv+LkwNmmY+BhDPrT6jS3Qx9dnmnpODzxuiKktLUKbIacmZ/SfHIGmP2Rrmr0K0d/YRECppU6FeUwRnnK1pcCbFqscyLF0GvSvk+lSCxpH05uhSr9AyY4RmsXdJ//EZ0SiGX7A4JgAD+0s08hFSN/YbriywJv/frwx3tXyUD7OokCp4XyCa5v+gJ+71wSVWmLW60Q8JWAzH7X2Z9qVYr0kfCSpGiyhO7ENUJDB8m7JKstbqSpaUitPxk3m4lfGOMRl8PHQdXiOHx+JicTwosVteOn62ktmPT1vcShspC5SIgHwBwmj1M/tKtdJOdTFSbrfhofkUBdmt2/hcWr0MUwFO6gcrSXlhG8rk2IRhYbXWmr7lNfi1k9chdKEz0cuz6SX78c4jHbajMhC29PwptivwICwAAAblXUlsCeH16OLSqYYXRcv11Lgnd6OtBTxtVQ9cQc3rfKWDKka4v1AENcZFl2t9rBUAVOClLmtxmHERuwQtdZ4/S2FrMgXTHNg/IjWaWQhM9NbwxyMAvFIjYrEC6/1sHGdVfyLq8yhjfRaxKfotKcgemS8tWl7k/DAtSIKAVmvY8AaZs1Rn8NFQQyv7QdVgm/6cViz6n9eWw1jRMbgcKCsnhVKFCyWUXzFpZibV/QkFOhP07lnf+/s0/UpKc99tFGBa0IsAtrHpWjUT2kuaVlyoXYEgC0JJrj1UJECUfuVYiBAmXs35BuitKH8cviaAPZlDcqrS7nfBB/fvvUT6qZraW8QdWkmnrIbDfpjzMA9IRD7iPgEBe+S71bn5hWVbbNLBYMHx3pAwN/OGoxDwIOWg7f6LWYdNsy+UuXjKdm8puHUdkrIHhoblID9DeplqtYvcL5NMOmbH6FcQJNm4lXRiyX1xPD5DX1GRWzg3h4TrzWpjQgFu9VyXMNTj3tVEEjPsfkz7pWhOryCoLXaksJVkdcXXLQ7zJjOgrv3BhXlf8Mr6AFVoh3tazUZKwHpS+GRp2NVkBQwajoRH7YlNSnlarVN5r5Vhn8G0TlXH+MknD2gxNadyAJHGYVwVAtbo7MevL4tVAqA2dbawXjrWF7HVjf/cB/dTsTe3FpCH9/XeT9DJ2Fj9pvvvyxHpWKeUQB+o96G4Q9MPcz1/4PfyX8OJ9u/wuEUA7xgI6bGzPPWBevqspSKcBwcsrFtyGMfIWyLv0+CYSkNrYoKB8fZIKf/EslHvAfZ3MrRKCFAHKUu7+ClM1yeMIzsVD4RroAmkRFnzXirdI/B7w0DZzIBGScKklKSbNy22erMpFWxGVGstp3+Q//asFsn8uI90tgtlk9rgSIShCO1HaWVCWouosSBYo/n3ueiMk9EsFQ0qBfgC1DYD29rWEAUqzA4qO9X0xzUoxtMllCKe4RaRiTVS/CeVrJUpTrfd0AAAA"
                 *     }
                 */
                "application/json": components["schemas"]["ReconstructRequest"];
            };
        };
        responses: {
            /** @description Reconstructed. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReconstructAnswer"];
                    "image/png": Blob;
                    "image/jpeg": Blob;
                    "image/webp": Blob;
                };
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 406: `not_acceptable`
             *     - 408: `request_timeout`
             *     - 409: `idempotency_key_in_flight`, `model_busy`, `run_state`, `job_state`, `study_state`, `answer_given`, `model_exists`, `model_shipped`, `dataset_shipped`, `model_in_use`
             *     - 413: `payload_too_large`, `image_too_large`
             *     - 415: `unsupported_media_type`, `image_not_supported`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 422: `impossible_request`, `dataset_unusable`, `component_unusable`, `image_damaged`, `image_url_not_allowed`, `webhook_url_not_allowed`, `image_not_reachable`, `task_not_supported`, `idempotency_key_reused`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    reconstructUpload: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body give the stored answer. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": components["schemas"]["ReconstructUpload"];
            };
        };
        responses: {
            /** @description Reconstructed. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReconstructAnswer"];
                    "image/png": Blob;
                    "image/jpeg": Blob;
                    "image/webp": Blob;
                };
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 406: `not_acceptable`
             *     - 408: `request_timeout`
             *     - 409: `idempotency_key_in_flight`, `model_busy`, `run_state`, `job_state`, `study_state`, `answer_given`, `model_exists`, `model_shipped`, `dataset_shipped`, `model_in_use`
             *     - 413: `payload_too_large`, `image_too_large`
             *     - 415: `unsupported_media_type`, `image_not_supported`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 422: `impossible_request`, `dataset_unusable`, `component_unusable`, `image_damaged`, `image_url_not_allowed`, `webhook_url_not_allowed`, `image_not_reachable`, `task_not_supported`, `idempotency_key_reused`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listModels: {
        parameters: {
            query?: {
                /** @description Id of the last item of the page before. */
                after?: string;
                limit?: number;
                task?: components["schemas"]["ModelTask"];
                state?: components["schemas"]["ModelState"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelList"];
                };
            };
            /** @description What `If-None-Match` names: nothing is sent again. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getModel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example x-lxmert-scenes */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
            /** @description What `If-None-Match` names: nothing is sent again. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    deleteModel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Gone. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 408: `request_timeout`
             *     - 409: `idempotency_key_in_flight`, `model_busy`, `run_state`, `job_state`, `study_state`, `answer_given`, `model_exists`, `model_shipped`, `dataset_shipped`, `model_in_use`
             *     - 413: `payload_too_large`, `image_too_large`
             *     - 415: `unsupported_media_type`, `image_not_supported`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 422: `impossible_request`, `dataset_unusable`, `component_unusable`, `image_damaged`, `image_url_not_allowed`, `webhook_url_not_allowed`, `image_not_reachable`, `task_not_supported`, `idempotency_key_reused`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    loadModel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 408: `request_timeout`
             *     - 409: `idempotency_key_in_flight`, `model_busy`, `run_state`, `job_state`, `study_state`, `answer_given`, `model_exists`, `model_shipped`, `dataset_shipped`, `model_in_use`
             *     - 413: `payload_too_large`, `image_too_large`
             *     - 415: `unsupported_media_type`, `image_not_supported`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 422: `impossible_request`, `dataset_unusable`, `component_unusable`, `image_damaged`, `image_url_not_allowed`, `webhook_url_not_allowed`, `image_not_reachable`, `task_not_supported`, `idempotency_key_reused`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    unloadModel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 408: `request_timeout`
             *     - 409: `idempotency_key_in_flight`, `model_busy`, `run_state`, `job_state`, `study_state`, `answer_given`, `model_exists`, `model_shipped`, `dataset_shipped`, `model_in_use`
             *     - 413: `payload_too_large`, `image_too_large`
             *     - 415: `unsupported_media_type`, `image_not_supported`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 422: `impossible_request`, `dataset_unusable`, `component_unusable`, `image_damaged`, `image_url_not_allowed`, `webhook_url_not_allowed`, `image_not_reachable`, `task_not_supported`, `idempotency_key_reused`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listRuns: {
        parameters: {
            query?: {
                /** @description Id of the last item of the page before. */
                after?: string;
                limit?: number;
                task?: components["schemas"]["RunTask"];
                status?: components["schemas"]["RunStatus"];
                model?: string;
                /** @description Accepted then or later; a day begins at midnight UTC. */
                created_after?: string;
                /** @description Accepted before. */
                created_before?: string;
                /** @description Whether its images were kept. */
                stored?: "true" | "false";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunList"];
                };
            };
            /** @description What `If-None-Match` names: nothing is sent again. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getRun: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The id of a run, or `latest`.
                 * @example latest
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Run"];
                };
            };
            /** @description What `If-None-Match` names: nothing is sent again. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    deleteRun: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a run. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Gone. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 408: `request_timeout`
             *     - 409: `idempotency_key_in_flight`, `model_busy`, `run_state`, `job_state`, `study_state`, `answer_given`, `model_exists`, `model_shipped`, `dataset_shipped`, `model_in_use`
             *     - 413: `payload_too_large`, `image_too_large`
             *     - 415: `unsupported_media_type`, `image_not_supported`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 422: `impossible_request`, `dataset_unusable`, `component_unusable`, `image_damaged`, `image_url_not_allowed`, `webhook_url_not_allowed`, `image_not_reachable`, `task_not_supported`, `idempotency_key_reused`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getRunImage: {
        parameters: {
            query?: {
                /** @description Which image of the run. */
                index?: number;
                /** @description Resized, such as `512x512`. Default: as it was painted. */
                size?: string;
            };
            header?: never;
            path: {
                /**
                 * @description The id of a run, or `latest`.
                 * @example latest
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file, in the format that was asked for. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/png": Blob;
                    "image/jpeg": Blob;
                    "image/webp": Blob;
                };
            };
            /** @description What `If-None-Match` names: nothing is sent again. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listTrainJobs: {
        parameters: {
            query?: {
                /** @description Id of the last item of the page before. */
                after?: string;
                limit?: number;
                kind?: components["schemas"]["TrainingKind"];
                status?: components["schemas"]["TrainJobStatus"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrainJobList"];
                };
            };
            /** @description What `If-None-Match` names: nothing is sent again. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    createTrainJob: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body give the stored answer. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "kind": "vqa",
                 *       "base_model": "x-lxmert-scenes",
                 *       "dataset": "scenes",
                 *       "hyperparameters": {
                 *         "steps": 24,
                 *         "batch_size": 8,
                 *         "scenes": 64,
                 *         "validation_scenes": 16,
                 *         "checkpoint_every": 12
                 *       },
                 *       "seed": 1,
                 *       "suffix": "first"
                 *     }
                 */
                "application/json": components["schemas"]["TrainJobRequest"];
            };
        };
        responses: {
            /** @description Queued. */
            201: {
                headers: {
                    location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrainJob"];
                };
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 408: `request_timeout`
             *     - 409: `idempotency_key_in_flight`, `model_busy`, `run_state`, `job_state`, `study_state`, `answer_given`, `model_exists`, `model_shipped`, `dataset_shipped`, `model_in_use`
             *     - 413: `payload_too_large`, `image_too_large`
             *     - 415: `unsupported_media_type`, `image_not_supported`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 422: `impossible_request`, `dataset_unusable`, `component_unusable`, `image_damaged`, `image_url_not_allowed`, `webhook_url_not_allowed`, `image_not_reachable`, `task_not_supported`, `idempotency_key_reused`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getTrainJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The id of a job, or `latest`.
                 * @example latest
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrainJob"];
                };
            };
            /** @description What `If-None-Match` names: nothing is sent again. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    deleteTrainJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a job. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Gone. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 408: `request_timeout`
             *     - 409: `idempotency_key_in_flight`, `model_busy`, `run_state`, `job_state`, `study_state`, `answer_given`, `model_exists`, `model_shipped`, `dataset_shipped`, `model_in_use`
             *     - 413: `payload_too_large`, `image_too_large`
             *     - 415: `unsupported_media_type`, `image_not_supported`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 422: `impossible_request`, `dataset_unusable`, `component_unusable`, `image_damaged`, `image_url_not_allowed`, `webhook_url_not_allowed`, `image_not_reachable`, `task_not_supported`, `idempotency_key_reused`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    cancelTrainJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a job. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrainJob"];
                };
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 408: `request_timeout`
             *     - 409: `idempotency_key_in_flight`, `model_busy`, `run_state`, `job_state`, `study_state`, `answer_given`, `model_exists`, `model_shipped`, `dataset_shipped`, `model_in_use`
             *     - 413: `payload_too_large`, `image_too_large`
             *     - 415: `unsupported_media_type`, `image_not_supported`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 422: `impossible_request`, `dataset_unusable`, `component_unusable`, `image_damaged`, `image_url_not_allowed`, `webhook_url_not_allowed`, `image_not_reachable`, `task_not_supported`, `idempotency_key_reused`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    pauseTrainJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a job. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrainJob"];
                };
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 408: `request_timeout`
             *     - 409: `idempotency_key_in_flight`, `model_busy`, `run_state`, `job_state`, `study_state`, `answer_given`, `model_exists`, `model_shipped`, `dataset_shipped`, `model_in_use`
             *     - 413: `payload_too_large`, `image_too_large`
             *     - 415: `unsupported_media_type`, `image_not_supported`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 422: `impossible_request`, `dataset_unusable`, `component_unusable`, `image_damaged`, `image_url_not_allowed`, `webhook_url_not_allowed`, `image_not_reachable`, `task_not_supported`, `idempotency_key_reused`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    resumeTrainJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a job. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrainJob"];
                };
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 408: `request_timeout`
             *     - 409: `idempotency_key_in_flight`, `model_busy`, `run_state`, `job_state`, `study_state`, `answer_given`, `model_exists`, `model_shipped`, `dataset_shipped`, `model_in_use`
             *     - 413: `payload_too_large`, `image_too_large`
             *     - 415: `unsupported_media_type`, `image_not_supported`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 422: `impossible_request`, `dataset_unusable`, `component_unusable`, `image_damaged`, `image_url_not_allowed`, `webhook_url_not_allowed`, `image_not_reachable`, `task_not_supported`, `idempotency_key_reused`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listTrainJobEvents: {
        parameters: {
            query?: {
                /** @description Id of the last item of the page before. */
                after?: string;
                limit?: number;
            };
            header?: {
                /** @description The last event that was seen. */
                "last-event-id"?: string;
            };
            path: {
                /**
                 * @description The id of a job, or `latest`.
                 * @example latest
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page, or a stream. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrainJobEventList"];
                };
            };
            /** @description A stream of events that would stay empty: the job has ended. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What `If-None-Match` names: nothing is sent again. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 406: `not_acceptable`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    streamTrainJobEvents: {
        parameters: {
            query?: {
                /** @description Id of the last item of the page before. */
                after?: string;
                limit?: number;
            };
            header?: {
                /** @description The last event that was seen. */
                "last-event-id"?: string;
            };
            path: {
                /**
                 * @description The id of a job, or `latest`.
                 * @example latest
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page, or a stream. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["TrainJobEvent"];
                };
            };
            /** @description A stream of events that would stay empty: the job has ended. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 406: `not_acceptable`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getTrainJobMetrics: {
        parameters: {
            query?: {
                name?: string;
                split?: components["schemas"]["Split"];
                /** @description Most points of a series: of a longer one, means of equal spans of steps. */
                points?: number;
            };
            header?: never;
            path: {
                /**
                 * @description The id of a job, or `latest`.
                 * @example latest
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        object: "list";
                        data: components["schemas"]["MetricSeries"][];
                    };
                };
            };
            /** @description What `If-None-Match` names: nothing is sent again. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    plotTrainJobMetric: {
        parameters: {
            query?: {
                name?: string;
                split?: components["schemas"]["Split"];
                format?: "svg" | "png";
            };
            header?: never;
            path: {
                /**
                 * @description The id of a job, or `latest`.
                 * @example latest
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The picture. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/svg+xml": Blob;
                    "image/png": Blob;
                };
            };
            /** @description What `If-None-Match` names: nothing is sent again. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listTrainJobSamples: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The id of a job, or `latest`.
                 * @example latest
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        object: "list";
                        data: {
                            name: string;
                            bytes: number;
                            url: string;
                        }[];
                    };
                };
            };
            /** @description What `If-None-Match` names: nothing is sent again. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getTrainJobSample: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The id of a job, or `latest`.
                 * @example latest
                 */
                id: string;
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The picture. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/png": Blob;
                };
            };
            /** @description What `If-None-Match` names: nothing is sent again. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getTrainJobLog: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The id of a job, or `latest`.
                 * @example latest
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Text. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description What `If-None-Match` names: nothing is sent again. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listTrainJobCheckpoints: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The id of a job, or `latest`.
                 * @example latest
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        object: "list";
                        data: components["schemas"]["TrainJobCheckpoint"][];
                    };
                };
            };
            /** @description What `If-None-Match` names: nothing is sent again. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    downloadTrainJobFile: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The id of a job, or `latest`.
                 * @example latest
                 */
                id: string;
                checkpoint: string;
                file: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": Blob;
                };
            };
            /** @description What `If-None-Match` names: nothing is sent again. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    promoteTrainJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a job. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "model_id": "my-vqa"
                 *     }
                 */
                "application/json": components["schemas"]["PromoteRequest"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 408: `request_timeout`
             *     - 409: `idempotency_key_in_flight`, `model_busy`, `run_state`, `job_state`, `study_state`, `answer_given`, `model_exists`, `model_shipped`, `dataset_shipped`, `model_in_use`
             *     - 413: `payload_too_large`, `image_too_large`
             *     - 415: `unsupported_media_type`, `image_not_supported`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 422: `impossible_request`, `dataset_unusable`, `component_unusable`, `image_damaged`, `image_url_not_allowed`, `webhook_url_not_allowed`, `image_not_reachable`, `task_not_supported`, `idempotency_key_reused`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listDatasets: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        object: "list";
                        data: components["schemas"]["Dataset"][];
                    };
                };
            };
            /** @description What `If-None-Match` names: nothing is sent again. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    deleteDataset: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The name of a data set. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Gone. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 408: `request_timeout`
             *     - 409: `idempotency_key_in_flight`, `model_busy`, `run_state`, `job_state`, `study_state`, `answer_given`, `model_exists`, `model_shipped`, `dataset_shipped`, `model_in_use`
             *     - 413: `payload_too_large`, `image_too_large`
             *     - 415: `unsupported_media_type`, `image_not_supported`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 422: `impossible_request`, `dataset_unusable`, `component_unusable`, `image_damaged`, `image_url_not_allowed`, `webhook_url_not_allowed`, `image_not_reachable`, `task_not_supported`, `idempotency_key_reused`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    createImage: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body give the stored answer. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "prompt": "a giraffe standing on grass next to a red car",
                 *       "size": "256x256",
                 *       "seed": 1
                 *     }
                 */
                "application/json": components["schemas"]["ImagesRequest"];
            };
        };
        responses: {
            /** @description Painted. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImagesAnswer"];
                    "text/event-stream": string;
                };
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 408: `request_timeout`
             *     - 409: `idempotency_key_in_flight`, `model_busy`, `run_state`, `job_state`, `study_state`, `answer_given`, `model_exists`, `model_shipped`, `dataset_shipped`, `model_in_use`
             *     - 413: `payload_too_large`, `image_too_large`
             *     - 415: `unsupported_media_type`, `image_not_supported`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 422: `impossible_request`, `dataset_unusable`, `component_unusable`, `image_damaged`, `image_url_not_allowed`, `webhook_url_not_allowed`, `image_not_reachable`, `task_not_supported`, `idempotency_key_reused`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    editImage: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body give the stored answer. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": components["schemas"]["ImageEditUpload"];
            };
        };
        responses: {
            /** @description Painted. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImagesAnswer"];
                    "text/event-stream": string;
                };
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 408: `request_timeout`
             *     - 409: `idempotency_key_in_flight`, `model_busy`, `run_state`, `job_state`, `study_state`, `answer_given`, `model_exists`, `model_shipped`, `dataset_shipped`, `model_in_use`
             *     - 413: `payload_too_large`, `image_too_large`
             *     - 415: `unsupported_media_type`, `image_not_supported`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 422: `impossible_request`, `dataset_unusable`, `component_unusable`, `image_damaged`, `image_url_not_allowed`, `webhook_url_not_allowed`, `image_not_reachable`, `task_not_supported`, `idempotency_key_reused`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    createChatCompletion: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body give the stored answer. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "messages": [
                 *         {
                 *           "role": "user",
                 *           "content": [
                 *             {
                 *               "type": "text",
                 *               "text": "what colour is the car?"
                 *             },
                 *             {
                 *               "type": "image_url",
                 *               "image_url": {
                 *                 "url": "data:image/webp;base64,UklGRq4EAABXRUJQVlA4IKIEAAAQHACdASqAAIAAPtFgqVAoJSOqJZdK2UAaCWgnAb8icoZSIp8dfVMul+g4d6kNt35mvOM9HP+S30D0QOl1YA+l7+Ax6BLcbgeU2+OPqeS/uVq+4O2W8WuBX7BglPMizLLcmZsQAoHI09Ef+nOkeEebCD3pFz68BBerKrx0se6jDYR8cv+LkwNmmY+BhDPrT6jS3Qx9dnmnpODzxuiKktLUKbIacmZ/SfHIGmP2Rrmr0K0d/YRECppU6FeUwRnnK1pcCbFqscyLF0GvSvk+lSCxpH05uhSr9AyY4RmsXdJ//EZ0SiGX7A4JgAD+0s08hFSN/YbriywJv/frwx3tXyUD7OokCp4XyCa5v+gJ+71wSVWmLW60Q8JWAzH7X2Z9qVYr0kfCSpGiyhO7ENUJDB8m7JKstbqSpaUitPxk3m4lfGOMRl8PHQdXiOHx+JicTwosVteOn62ktmPT1vcShspC5SIgHwBwmj1M/tKtdJOdTFSbrfhofkUBdmt2/hcWr0MUwFO6gcrSXlhG8rk2IRhYbXWmr7lNfi1k9chdKEz0cuz6SX78c4jHbajMhC29PwptivwICwAAAblXUlsCeH16OLSqYYXRcv11Lgnd6OtBTxtVQ9cQc3rfKWDKka4v1AENcZFl2t9rBUAVOClLmtxmHERuwQtdZ4/S2FrMgXTHNg/IjWaWQhM9NbwxyMAvFIjYrEC6/1sHGdVfyLq8yhjfRaxKfotKcgemS8tWl7k/DAtSIKAVmvY8AaZs1Rn8NFQQyv7QdVgm/6cViz6n9eWw1jRMbgcKCsnhVKFCyWUXzFpZibV/QkFOhP07lnf+/s0/UpKc99tFGBa0IsAtrHpWjUT2kuaVlyoXYEgC0JJrj1UJECUfuVYiBAmXs35BuitKH8cviaAPZlDcqrS7nfBB/fvvUT6qZraW8QdWkmnrIbDfpjzMA9IRD7iPgEBe+S71bn5hWVbbNLBYMHx3pAwN/OGoxDwIOWg7f6LWYdNsy+UuXjKdm8puHUdkrIHhoblID9DeplqtYvcL5NMOmbH6FcQJNm4lXRiyX1xPD5DX1GRWzg3h4TrzWpjQgFu9VyXMNTj3tVEEjPsfkz7pWhOryCoLXaksJVkdcXXLQ7zJjOgrv3BhXlf8Mr6AFVoh3tazUZKwHpS+GRp2NVkBQwajoRH7YlNSnlarVN5r5Vhn8G0TlXH+MknD2gxNadyAJHGYVwVAtbo7MevL4tVAqA2dbawXjrWF7HVjf/cB/dTsTe3FpCH9/XeT9DJ2Fj9pvvvyxHpWKeUQB+o96G4Q9MPcz1/4PfyX8OJ9u/wuEUA7xgI6bGzPPWBevqspSKcBwcsrFtyGMfIWyLv0+CYSkNrYoKB8fZIKf/EslHvAfZ3MrRKCFAHKUu7+ClM1yeMIzsVD4RroAmkRFnzXirdI/B7w0DZzIBGScKklKSbNy22erMpFWxGVGstp3+Q//asFsn8uI90tgtlk9rgSIShCO1HaWVCWouosSBYo/n3ueiMk9EsFQ0qBfgC1DYD29rWEAUqzA4qO9X0xzUoxtMllCKe4RaRiTVS/CeVrJUpTrfd0AAAA"
                 *               }
                 *             }
                 *           ]
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["ChatCompletionRequest"];
            };
        };
        responses: {
            /** @description Answered. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChatCompletion"];
                    "text/event-stream": string;
                };
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 408: `request_timeout`
             *     - 409: `idempotency_key_in_flight`, `model_busy`, `run_state`, `job_state`, `study_state`, `answer_given`, `model_exists`, `model_shipped`, `dataset_shipped`, `model_in_use`
             *     - 413: `payload_too_large`, `image_too_large`
             *     - 415: `unsupported_media_type`, `image_not_supported`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 422: `impossible_request`, `dataset_unusable`, `component_unusable`, `image_damaged`, `image_url_not_allowed`, `webhook_url_not_allowed`, `image_not_reachable`, `task_not_supported`, `idempotency_key_reused`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    createResponse: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body give the stored answer. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "input": [
                 *         {
                 *           "role": "user",
                 *           "content": [
                 *             {
                 *               "type": "input_text",
                 *               "text": "what colour is the car?"
                 *             },
                 *             {
                 *               "type": "input_image",
                 *               "image_url": "data:image/webp;base64,UklGRq4EAABXRUJQVlA4IKIEAAAQHACdASqAAIAAPtFgqVAoJSOqJZdK2UAaCWgnAb8icoZSIp8dfVMul+g4d6kNt35mvOM9HP+S30D0QOl1YA+l7+Ax6BLcbgeU2+OPqeS/uVq+4O2W8WuBX7BglPMizLLcmZsQAoHI09Ef+nOkeEebCD3pFz68BBerKrx0se6jDYR8cv+LkwNmmY+BhDPrT6jS3Qx9dnmnpODzxuiKktLUKbIacmZ/SfHIGmP2Rrmr0K0d/YRECppU6FeUwRnnK1pcCbFqscyLF0GvSvk+lSCxpH05uhSr9AyY4RmsXdJ//EZ0SiGX7A4JgAD+0s08hFSN/YbriywJv/frwx3tXyUD7OokCp4XyCa5v+gJ+71wSVWmLW60Q8JWAzH7X2Z9qVYr0kfCSpGiyhO7ENUJDB8m7JKstbqSpaUitPxk3m4lfGOMRl8PHQdXiOHx+JicTwosVteOn62ktmPT1vcShspC5SIgHwBwmj1M/tKtdJOdTFSbrfhofkUBdmt2/hcWr0MUwFO6gcrSXlhG8rk2IRhYbXWmr7lNfi1k9chdKEz0cuz6SX78c4jHbajMhC29PwptivwICwAAAblXUlsCeH16OLSqYYXRcv11Lgnd6OtBTxtVQ9cQc3rfKWDKka4v1AENcZFl2t9rBUAVOClLmtxmHERuwQtdZ4/S2FrMgXTHNg/IjWaWQhM9NbwxyMAvFIjYrEC6/1sHGdVfyLq8yhjfRaxKfotKcgemS8tWl7k/DAtSIKAVmvY8AaZs1Rn8NFQQyv7QdVgm/6cViz6n9eWw1jRMbgcKCsnhVKFCyWUXzFpZibV/QkFOhP07lnf+/s0/UpKc99tFGBa0IsAtrHpWjUT2kuaVlyoXYEgC0JJrj1UJECUfuVYiBAmXs35BuitKH8cviaAPZlDcqrS7nfBB/fvvUT6qZraW8QdWkmnrIbDfpjzMA9IRD7iPgEBe+S71bn5hWVbbNLBYMHx3pAwN/OGoxDwIOWg7f6LWYdNsy+UuXjKdm8puHUdkrIHhoblID9DeplqtYvcL5NMOmbH6FcQJNm4lXRiyX1xPD5DX1GRWzg3h4TrzWpjQgFu9VyXMNTj3tVEEjPsfkz7pWhOryCoLXaksJVkdcXXLQ7zJjOgrv3BhXlf8Mr6AFVoh3tazUZKwHpS+GRp2NVkBQwajoRH7YlNSnlarVN5r5Vhn8G0TlXH+MknD2gxNadyAJHGYVwVAtbo7MevL4tVAqA2dbawXjrWF7HVjf/cB/dTsTe3FpCH9/XeT9DJ2Fj9pvvvyxHpWKeUQB+o96G4Q9MPcz1/4PfyX8OJ9u/wuEUA7xgI6bGzPPWBevqspSKcBwcsrFtyGMfIWyLv0+CYSkNrYoKB8fZIKf/EslHvAfZ3MrRKCFAHKUu7+ClM1yeMIzsVD4RroAmkRFnzXirdI/B7w0DZzIBGScKklKSbNy22erMpFWxGVGstp3+Q//asFsn8uI90tgtlk9rgSIShCO1HaWVCWouosSBYo/n3ueiMk9EsFQ0qBfgC1DYD29rWEAUqzA4qO9X0xzUoxtMllCKe4RaRiTVS/CeVrJUpTrfd0AAAA"
                 *             }
                 *           ]
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["ResponseRequest"];
            };
        };
        responses: {
            /** @description Answered. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Response"];
                    "text/event-stream": string;
                };
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 408: `request_timeout`
             *     - 409: `idempotency_key_in_flight`, `model_busy`, `run_state`, `job_state`, `study_state`, `answer_given`, `model_exists`, `model_shipped`, `dataset_shipped`, `model_in_use`
             *     - 413: `payload_too_large`, `image_too_large`
             *     - 415: `unsupported_media_type`, `image_not_supported`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 422: `impossible_request`, `dataset_unusable`, `component_unusable`, `image_damaged`, `image_url_not_allowed`, `webhook_url_not_allowed`, `image_not_reachable`, `task_not_supported`, `idempotency_key_reused`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listFiles: {
        parameters: {
            query?: {
                /** @description Id of the last item of the page before. */
                after?: string;
                limit?: number;
                purpose?: string;
                order?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FileList"];
                };
            };
            /** @description What `If-None-Match` names: nothing is sent again. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    uploadFile: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": components["schemas"]["FileUpload"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["File"];
                };
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 408: `request_timeout`
             *     - 409: `idempotency_key_in_flight`, `model_busy`, `run_state`, `job_state`, `study_state`, `answer_given`, `model_exists`, `model_shipped`, `dataset_shipped`, `model_in_use`
             *     - 413: `payload_too_large`, `image_too_large`
             *     - 415: `unsupported_media_type`, `image_not_supported`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 422: `impossible_request`, `dataset_unusable`, `component_unusable`, `image_damaged`, `image_url_not_allowed`, `webhook_url_not_allowed`, `image_not_reachable`, `task_not_supported`, `idempotency_key_reused`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getFile: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["File"];
                };
            };
            /** @description What `If-None-Match` names: nothing is sent again. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    deleteFile: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FileDeleted"];
                };
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 408: `request_timeout`
             *     - 409: `idempotency_key_in_flight`, `model_busy`, `run_state`, `job_state`, `study_state`, `answer_given`, `model_exists`, `model_shipped`, `dataset_shipped`, `model_in_use`
             *     - 413: `payload_too_large`, `image_too_large`
             *     - 415: `unsupported_media_type`, `image_not_supported`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 422: `impossible_request`, `dataset_unusable`, `component_unusable`, `image_damaged`, `image_url_not_allowed`, `webhook_url_not_allowed`, `image_not_reachable`, `task_not_supported`, `idempotency_key_reused`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    downloadFile: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": Blob;
                };
            };
            /** @description What `If-None-Match` names: nothing is sent again. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listFineTuningJobs: {
        parameters: {
            query?: {
                /** @description Id of the last item of the page before. */
                after?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FineTuningJobList"];
                };
            };
            /** @description What `If-None-Match` names: nothing is sent again. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    createFineTuningJob: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body give the stored answer. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "model": "x-lxmert-scenes",
                 *       "training_file": "file_01…",
                 *       "hyperparameters": {
                 *         "n_epochs": 3
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["FineTuningRequest"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FineTuningJob"];
                };
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 408: `request_timeout`
             *     - 409: `idempotency_key_in_flight`, `model_busy`, `run_state`, `job_state`, `study_state`, `answer_given`, `model_exists`, `model_shipped`, `dataset_shipped`, `model_in_use`
             *     - 413: `payload_too_large`, `image_too_large`
             *     - 415: `unsupported_media_type`, `image_not_supported`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 422: `impossible_request`, `dataset_unusable`, `component_unusable`, `image_damaged`, `image_url_not_allowed`, `webhook_url_not_allowed`, `image_not_reachable`, `task_not_supported`, `idempotency_key_reused`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getFineTuningJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The id of a job, or `latest`.
                 * @example latest
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FineTuningJob"];
                };
            };
            /** @description What `If-None-Match` names: nothing is sent again. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 409: `idempotency_key_in_flight`, `model_busy`, `run_state`, `job_state`, `study_state`, `answer_given`, `model_exists`, `model_shipped`, `dataset_shipped`, `model_in_use`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    cancelFineTuningJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a job. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FineTuningJob"];
                };
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 408: `request_timeout`
             *     - 409: `idempotency_key_in_flight`, `model_busy`, `run_state`, `job_state`, `study_state`, `answer_given`, `model_exists`, `model_shipped`, `dataset_shipped`, `model_in_use`
             *     - 413: `payload_too_large`, `image_too_large`
             *     - 415: `unsupported_media_type`, `image_not_supported`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 422: `impossible_request`, `dataset_unusable`, `component_unusable`, `image_damaged`, `image_url_not_allowed`, `webhook_url_not_allowed`, `image_not_reachable`, `task_not_supported`, `idempotency_key_reused`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    pauseFineTuningJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a job. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FineTuningJob"];
                };
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 408: `request_timeout`
             *     - 409: `idempotency_key_in_flight`, `model_busy`, `run_state`, `job_state`, `study_state`, `answer_given`, `model_exists`, `model_shipped`, `dataset_shipped`, `model_in_use`
             *     - 413: `payload_too_large`, `image_too_large`
             *     - 415: `unsupported_media_type`, `image_not_supported`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 422: `impossible_request`, `dataset_unusable`, `component_unusable`, `image_damaged`, `image_url_not_allowed`, `webhook_url_not_allowed`, `image_not_reachable`, `task_not_supported`, `idempotency_key_reused`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    resumeFineTuningJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a job. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FineTuningJob"];
                };
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 408: `request_timeout`
             *     - 409: `idempotency_key_in_flight`, `model_busy`, `run_state`, `job_state`, `study_state`, `answer_given`, `model_exists`, `model_shipped`, `dataset_shipped`, `model_in_use`
             *     - 413: `payload_too_large`, `image_too_large`
             *     - 415: `unsupported_media_type`, `image_not_supported`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 422: `impossible_request`, `dataset_unusable`, `component_unusable`, `image_damaged`, `image_url_not_allowed`, `webhook_url_not_allowed`, `image_not_reachable`, `task_not_supported`, `idempotency_key_reused`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listFineTuningEvents: {
        parameters: {
            query?: {
                /** @description Id of the last item of the page before. */
                after?: string;
                limit?: number;
            };
            header?: never;
            path: {
                /**
                 * @description The id of a job, or `latest`.
                 * @example latest
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FineTuningEventList"];
                };
            };
            /** @description What `If-None-Match` names: nothing is sent again. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listFineTuningCheckpoints: {
        parameters: {
            query?: {
                /** @description Id of the last item of the page before. */
                after?: string;
                limit?: number;
            };
            header?: never;
            path: {
                /**
                 * @description The id of a job, or `latest`.
                 * @example latest
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FineTuningCheckpointList"];
                };
            };
            /** @description What `If-None-Match` names: nothing is sent again. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listEvaluations: {
        parameters: {
            query?: {
                /** @description Id of the last item of the page before. */
                after?: string;
                limit?: number;
                /** @description Of this model. */
                model?: string;
                /** @description On this data set. */
                dataset?: string;
                task?: components["schemas"]["EvaluationTask"];
                /** @description Those that have a metric of this name. */
                metric?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EvaluationList"];
                };
            };
            /** @description What `If-None-Match` names: nothing is sent again. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    createEvaluation: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body give the stored answer. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "task": "caption",
                 *       "model": "x-lxmert-scenes",
                 *       "count": 50
                 *     }
                 */
                "application/json": components["schemas"]["EvaluationRequest"];
            };
        };
        responses: {
            /** @description Queued. */
            201: {
                headers: {
                    location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrainJob"];
                };
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 408: `request_timeout`
             *     - 409: `idempotency_key_in_flight`, `model_busy`, `run_state`, `job_state`, `study_state`, `answer_given`, `model_exists`, `model_shipped`, `dataset_shipped`, `model_in_use`
             *     - 413: `payload_too_large`, `image_too_large`
             *     - 415: `unsupported_media_type`, `image_not_supported`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 422: `impossible_request`, `dataset_unusable`, `component_unusable`, `image_damaged`, `image_url_not_allowed`, `webhook_url_not_allowed`, `image_not_reachable`, `task_not_supported`, `idempotency_key_reused`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listStudies: {
        parameters: {
            query?: {
                /** @description Id of the last item of the page before. */
                after?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StudyList"];
                };
            };
            /** @description What `If-None-Match` names: nothing is sent again. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    createStudy: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body give the stored answer. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "kind": "semantic",
                 *       "title": "Which picture fits?",
                 *       "captions": [
                 *         "a red car on a road",
                 *         "two dogs in the snow"
                 *       ],
                 *       "sources": [
                 *         {
                 *           "model": "x-lxmert-scenes"
                 *         },
                 *         {
                 *           "model": "x-lxmert-scenes",
                 *           "sampler": {
                 *             "strategy": "parallel"
                 *           }
                 *         }
                 *       ],
                 *       "annotators": 3
                 *     }
                 */
                "application/json": components["schemas"]["StudyRequest"];
            };
        };
        responses: {
            /** @description Its pictures are being made. */
            201: {
                headers: {
                    location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewStudy"];
                };
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 408: `request_timeout`
             *     - 409: `idempotency_key_in_flight`, `model_busy`, `run_state`, `job_state`, `study_state`, `answer_given`, `model_exists`, `model_shipped`, `dataset_shipped`, `model_in_use`
             *     - 413: `payload_too_large`, `image_too_large`
             *     - 415: `unsupported_media_type`, `image_not_supported`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 422: `impossible_request`, `dataset_unusable`, `component_unusable`, `image_damaged`, `image_url_not_allowed`, `webhook_url_not_allowed`, `image_not_reachable`, `task_not_supported`, `idempotency_key_reused`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getStudy: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The id of a study, or `latest`.
                 * @example latest
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Study"];
                };
            };
            /** @description What `If-None-Match` names: nothing is sent again. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    deleteStudy: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a study. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Gone. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 408: `request_timeout`
             *     - 409: `idempotency_key_in_flight`, `model_busy`, `run_state`, `job_state`, `study_state`, `answer_given`, `model_exists`, `model_shipped`, `dataset_shipped`, `model_in_use`
             *     - 413: `payload_too_large`, `image_too_large`
             *     - 415: `unsupported_media_type`, `image_not_supported`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 422: `impossible_request`, `dataset_unusable`, `component_unusable`, `image_damaged`, `image_url_not_allowed`, `webhook_url_not_allowed`, `image_not_reachable`, `task_not_supported`, `idempotency_key_reused`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getStudyResults: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The id of a study, or `latest`.
                 * @example latest
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StudyResults"];
                };
            };
            /** @description What `If-None-Match` names: nothing is sent again. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getStudyAnswers: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The id of a study, or `latest`.
                 * @example latest
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A row an answer. */
            200: {
                headers: {
                    "content-disposition"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "text/csv": string;
                };
            };
            /** @description What `If-None-Match` names: nothing is sent again. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getStudyItems: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The id of a study, or `latest`.
                 * @example latest
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A row an item. */
            200: {
                headers: {
                    "content-disposition"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "text/csv": string;
                };
            };
            /** @description What `If-None-Match` names: nothing is sent again. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getStudyPicture: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The id of a study, or `latest`.
                 * @example latest
                 */
                id: string;
                item: string;
                /** @description 0: left, or the only one. 1: right. */
                side: "0" | "1";
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The picture. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/webp": Blob;
                };
            };
            /** @description What `If-None-Match` names: nothing is sent again. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    importStudyAnswers: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a study. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StudyAnswersImport"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StudyImport"];
                };
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 408: `request_timeout`
             *     - 409: `idempotency_key_in_flight`, `model_busy`, `run_state`, `job_state`, `study_state`, `answer_given`, `model_exists`, `model_shipped`, `dataset_shipped`, `model_in_use`
             *     - 413: `payload_too_large`, `image_too_large`
             *     - 415: `unsupported_media_type`, `image_not_supported`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 422: `impossible_request`, `dataset_unusable`, `component_unusable`, `image_damaged`, `image_url_not_allowed`, `webhook_url_not_allowed`, `image_not_reachable`, `task_not_supported`, `idempotency_key_reused`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listWebhooks: {
        parameters: {
            query?: {
                /** @description Id of the last item of the page before. */
                after?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookList"];
                };
            };
            /** @description What `If-None-Match` names: nothing is sent again. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    createWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body give the stored answer. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "url": "https://example.org/hooks/xlxmert",
                 *       "events": [
                 *         "run.succeeded",
                 *         "job.succeeded"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["WebhookRequest"];
            };
        };
        responses: {
            /** @description Created. */
            201: {
                headers: {
                    location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewWebhook"];
                };
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 408: `request_timeout`
             *     - 409: `idempotency_key_in_flight`, `model_busy`, `run_state`, `job_state`, `study_state`, `answer_given`, `model_exists`, `model_shipped`, `dataset_shipped`, `model_in_use`
             *     - 413: `payload_too_large`, `image_too_large`
             *     - 415: `unsupported_media_type`, `image_not_supported`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 422: `impossible_request`, `dataset_unusable`, `component_unusable`, `image_damaged`, `image_url_not_allowed`, `webhook_url_not_allowed`, `image_not_reachable`, `task_not_supported`, `idempotency_key_reused`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a webhook. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            /** @description What `If-None-Match` names: nothing is sent again. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    deleteWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a webhook. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 408: `request_timeout`
             *     - 409: `idempotency_key_in_flight`, `model_busy`, `run_state`, `job_state`, `study_state`, `answer_given`, `model_exists`, `model_shipped`, `dataset_shipped`, `model_in_use`
             *     - 413: `payload_too_large`, `image_too_large`
             *     - 415: `unsupported_media_type`, `image_not_supported`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 422: `impossible_request`, `dataset_unusable`, `component_unusable`, `image_damaged`, `image_url_not_allowed`, `webhook_url_not_allowed`, `image_not_reachable`, `task_not_supported`, `idempotency_key_reused`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listWebhookDeliveries: {
        parameters: {
            query?: {
                /** @description Id of the last item of the page before. */
                after?: string;
                limit?: number;
            };
            header?: never;
            path: {
                /** @description The id of a webhook. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookDeliveryList"];
                };
            };
            /** @description What `If-None-Match` names: nothing is sent again. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 404: `route_not_found`, `model_not_found`, `webhook_not_found`, `run_not_found`, `dataset_not_found`, `job_not_found`, `study_not_found`, `file_not_found`, `sent_file_not_found`, `image_not_found`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listAudit: {
        parameters: {
            query?: {
                /** @description Id of the last item of the page before. */
                after?: string;
                limit?: number;
                /** @description Of this API key. */
                key_id?: string;
                /** @description The name of an operation, such as `deleteModel`. */
                action?: string;
                /** @description What it was done to. */
                object_id?: string;
                /** @description Accepted then or later; a day begins at midnight UTC. */
                created_after?: string;
                /** @description Accepted before. */
                created_before?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditEventList"];
                };
            };
            /** @description What `If-None-Match` names: nothing is sent again. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getLiveness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        status: "ok";
                    };
                };
            };
            /** @description What `If-None-Match` names: nothing is sent again. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getReadiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        status: "ok";
                    };
                };
            };
            /** @description What `If-None-Match` names: nothing is sent again. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Text. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description What `If-None-Match` names: nothing is sent again. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description Something is wrong with the request:
             *     - 400: `invalid_json`, `invalid_request`
             *     - 401: `api_key_missing`, `api_key_invalid`
             *     - 403: `scope_missing`, `origin_not_allowed`
             *     - 417: `expectation_failed`
             *     - 421: `host_not_allowed`
             *     - 429: `queue_full`, `rate_limited`, `quota_exceeded`
             *     - 431: `headers_too_large`
             */
            "4XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /**
             * @description The server cannot answer now:
             *     - 500: `internal_error`
             *     - 503: `not_ready`, `model_not_ready`, `inference_unavailable`, `no_inference_worker`, `database_unavailable`, `store_unavailable`, `shutting_down`, `server_lost`
             *     - 507: `storage_full`
             */
            "5XX": {
                headers: {
                    "x-request-id"?: string;
                    /** @description Seconds. With 409, 429, 503 and 507. */
                    "retry-after"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
}
