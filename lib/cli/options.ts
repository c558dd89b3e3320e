import { type Command, InvalidArgumentError, Option } from 'commander';
import { ASSEMBLIES } from '../genomics/assembly.ts';

/** Where the archive lives; every command takes it. */
export const dataOption = (): Option =>
  new Option('--data <dir>', 'folder of the archive').default('.data').env('GENOMICS_DATA');

export const assemblyOption = (): Option =>
  new Option('--assembly <name>', "assembly of the file's positions").choices(ASSEMBLIES);

/** Commander's parser of a whole number of at least `least`. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least)
      throw new InvalidArgumentError(`Write a whole number of at least ${least}.`);
    return value;
  };
}

/** Commander's parser of `SNV,DEL`: a list without empty members. */
export function commaList(text: string): string[] {
  const members = text.split(',').map((member) => member.trim());
  if (members.includes('')) throw new InvalidArgumentError('Write a list separated by commas.');
  return members;
}

/** A group of commands that does nothing but hold them. */
export function group(program: Command, name: string, description: string): Command {
  return program.command(name).description(description);
}
