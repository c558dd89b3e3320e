/** Route of jobs below `[base]` as API Gateway writes it. */
export const JOB_RESOURCE = '/async/{id}';
