// @vitest-environment jsdom
import { render } from "@testing-library/react";
import { expect, it } from "vitest";
import { Digits } from "#components/ui/digits.tsx";

it.each([
  ["6,177,061", "6,177,061"],
  ["9,999,999,999", "9,999,999,999"],
  ["1,350,011,234,567", "1,<wbr>350,<wbr>011,<wbr>234,<wbr>567"],
  ["900,000,000.123456", "900,<wbr>000,<wbr>000.123456"],
])("%s breaks after its commas only where it is long", (figure, html) => {
  const { container } = render(<Digits>{figure}</Digits>);
  expect(container.innerHTML).toBe(html);
  expect(container.textContent).toBe(figure);
});
