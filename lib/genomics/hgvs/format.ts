import type { HgvsEdit, HgvsPosition, HgvsVariant } from './variant.ts';
import { samePosition } from './variant.ts';

/** The text of a description. Deleted, duplicated and inverted bases are left out, as HGVS recommends. */
export function formatHgvs(variant: HgvsVariant): string {
  const { accession, transcript, gene, coordinates, start, end, edit } = variant;
  const selector = transcript ?? gene;
  const reference = selector === undefined ? accession : `${accession}(${selector})`;
  const from = formatPosition(start);
  const range = samePosition(start, end) ? from : `${from}_${formatPosition(end)}`;
  return `${reference}:${coordinates}.${range}${formatEdit(edit)}`;
}

/** `55`, `-55`, `*55`, `55+1`, `-55-1`. */
export function formatPosition({ datum, base, offset }: HgvsPosition): string {
  const intronic = offset === 0 ? '' : offset > 0 ? `+${offset}` : `${offset}`;
  return `${datum === 'cds-end' ? '*' : ''}${base}${intronic}`;
}

function formatEdit(edit: HgvsEdit): string {
  switch (edit.kind) {
    case 'substitution':
      return `${edit.deleted}>${edit.inserted}`;
    case 'deletion':
      return 'del';
    case 'duplication':
      return 'dup';
    case 'inversion':
      return 'inv';
    case 'insertion':
      return `ins${edit.inserted}`;
    case 'delins':
      return `delins${edit.inserted}`;
    case 'repeat':
      return edit.units.map(({ bases, count }) => `${bases ?? ''}[${count}]`).join('');
    case 'identity':
      return `${edit.unchanged ?? ''}=`;
  }
}
