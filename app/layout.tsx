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
         * These are not in Next's metadata, because Next inserts that again at each navigation. A browser that gets another
         * colour scheme calculates the style of the whole page, and loads the icon.
         */}
        <meta name="color-scheme" content="light dark" />
        <link rel="icon" type="image/svg+xml" href={iconAddress} />
      </head>
      <body>{children}</body>
    </html>
  );
}
