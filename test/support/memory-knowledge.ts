import type { Knowledge } from '../../lib/operations/ports.ts';

/** An archive into which no knowledge was imported. */
export const noKnowledge: Knowledge = {
  release: '',
  releases: [],
  about: async () => ({
    at: async () => [],
    everywhere: async () => [],
    genes: async () => [],
    linked: async () => [],
    read: async () => new Map(),
  }),
  translations: async () => [],
  payloads: async () => [],
  payload: async () => undefined,
};
