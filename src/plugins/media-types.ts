/** What bodies come as. */
export const JSON_TYPE = 'application/json';
export const FORM_TYPE = 'multipart/form-data';
