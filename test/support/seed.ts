import fc from 'fast-check';

/** Properties try the same cases in every run, so that a change is judged by what it changed; `FC_SEED=n` tries others. */
fc.configureGlobal({ seed: Number(process.env['FC_SEED'] ?? 20_261_122) });
