import type { Metadata, Viewport } from "next";
import type { ReactNode } from "react";
import { readTheme } from "./theme.ts";
import "./globals.css";

export const metadata: Metadata = {
  title: { template: "%s · Bursar", default: "Bursar" },
  robots: { index: false, follow: false },
};

export const viewport: Viewport = { colorScheme: "light dark" };

/** The theme is a cookie, so that the server draws the right one at once; without it the system's choice holds. */
export default async function RootLayout({ children }: { children: ReactNode }) {
  return (
    <html lang="en" data-theme={await readTheme()}>
      <body>{children}</body>
    </html>
  );
}
