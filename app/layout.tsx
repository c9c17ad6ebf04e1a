import type { Metadata } from "next";
import type { StaticImageData } from "next/image";
import type { ReactNode } from "react";
import portalIcon from "./portal-icon.svg";
import { readTheme } from "./theme.ts";
import "./globals.css";

export const metadata: Metadata = {
  title: { template: "%s · Bursar", default: "Bursar" },
  robots: { index: false, follow: false },
};

const { src: iconAddress }: StaticImageData = portalIcon;

/** The theme is a cookie, so that the server draws the right one at once; without it the system's choice holds. */
export default async function RootLayout({ children }: { children: ReactNode }) {
  return (
    <html lang="en" data-theme={await readTheme()}>
      <head>
        {/*
         * Not in Next's metadata, which it inserts again at each navigation. The browser then calculated the style of the
         * whole page and loaded the icon, for each letter of a search.
         */}
        <meta name="color-scheme" content="light dark" />
        <link rel="icon" type="image/svg+xml" href={iconAddress} />
      </head>
      <body>{children}</body>
    </html>
  );
}
