/** Whether a text can be the id of a subject: FHIR's `id`. */
export function isSubjectId(text: string): boolean {
  return /^[A-Za-z0-9\-.]{1,64}$/.test(text);
}
