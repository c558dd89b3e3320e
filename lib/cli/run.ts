import { Command, CommanderError } from 'commander';
import { GenomicsError } from '../genomics/errors.ts';
import { addClients } from './clients.ts';
import { addCompact } from './compact.ts';
import { addCost } from './cost.ts';
import { addGenotypes } from './genotypes.ts';
import { addHousekeeping } from './housekeeping.ts';
import { addIngest } from './ingest.ts';
import { addJob } from './job.ts';
import { addKnowledge } from './knowledge.ts';
import { offerAws } from './open.ts';
import { addReference } from './reference.ts';
import { addRenormalise } from './renormalise.ts';
import { addStudies } from './studies.ts';
import { addSubjects } from './subjects.ts';
import { addToken } from './token.ts';

/**
 * The command line. Bad input ends with one clear line on standard error and exit status 1; a fault of our own with
 * its stack and 70 (EX_SOFTWARE of sysexits.h).
 *
 * @param more adds what not every program has: the server, whose pages do not go into the image of the tasks
 */
export async function runCommandLine(
  argv: readonly string[],
  more: readonly ((program: Command) => void)[] = [],
): Promise<void> {
  const program = new Command('genomics')
    .description('A genomic archive that answers the HL7 FHIR Genomics Operations')
    .showHelpAfterError('(--help lists the options)')
    .exitOverride();
  for (const add of more) add(program);
  addIngest(program);
  addGenotypes(program);
  addJob(program);
  addSubjects(program);
  addStudies(program);
  addReference(program);
  addKnowledge(program);
  addRenormalise(program);
  addCompact(program);
  addClients(program);
  addHousekeeping(program);
  addToken(program);
  addCost(program);
  offerAws(program);
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    process.exitCode = report(error);
  }
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode;
  if (error instanceof GenomicsError) {
    process.stderr.write(`error: ${error.message}\n`);
    return 1;
  }
  process.stderr.write(`internal error: ${error instanceof Error ? error.stack : String(error)}\n`);
  return 70;
}
