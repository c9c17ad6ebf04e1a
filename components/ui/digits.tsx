import { Fragment } from "react";

/** How many characters fit into each line that a figure may have. */
const ALWAYS_FITS = 13;

/** A figure such as "1,350,011,234,567", which breaks after a comma where it is too long for its line. */
export function Digits({ children: figure }: { children: string }) {
  if (figure.length <= ALWAYS_FITS) return figure;
  return figure.split(/(?<=,)/).map((group, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: a group is its place
    <Fragment key={index}>
      {index > 0 && <wbr />}
      {group}
    </Fragment>
  ));
}
