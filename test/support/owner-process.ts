/** A process that opens the data folder it is given, says so, and stays until it is killed or told to close. */
import { openLocalArchive } from '../../lib/store/local.ts';

const archive = await openLocalArchive(process.argv[2] as string);
process.stdout.write(`${archive.owns() ? 'owner' : 'client'}\n`);
process.stdin.on('data', (data) => {
  const subject = String(data).trim();
  const work = subject === 'close' ? archive.close().then(() => process.exit(0)) : archive.admin.register([subject]);
  work.then(
    () => process.stdout.write(`done ${archive.owns() ? 'owner' : 'client'}\n`),
    (error: unknown) => process.stdout.write(`failed ${error instanceof Error ? error.message : String(error)}\n`),
  );
});
