import { statfsSync } from "node:fs";

/**
 * The types that statfs(2) gives for file systems whose files are on another machine, as Linux's headers define them
 * (linux/magic.h and the sources of each file system).
 */
const NETWORK_FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "SMB"],
  [0xfe534d42, "SMB"],
  [0x01021997, "9P"],
  [0x65735546, "FUSE, as sshfs and s3fs use it"],
  [0x00c36400, "Ceph"],
  [0x5346414f, "AFS"],
  [0x6b414653, "AFS"],
  [0x0bd00bd0, "Lustre"],
  [0x47504653, "GPFS"],
  [0x786f4256, "a shared folder of VirtualBox"],
]);

/** The network file system of a type that statfs(2) gives; null for another. */
export function networkFileSystemOf(type: number): string | null {
  // Node gives the type as a signed number on some machines.
  return NETWORK_FILE_SYSTEMS.get(type >>> 0) ?? null;
}

/** The network file system that a folder is on, as far as Linux tells; null for a local or unknown one. */
export function networkFileSystem(
  folder: string,
  typeOf: (folder: string) => number = (name) => statfsSync(name).type,
): string | null {
  // Other systems number their file systems in the order in which they were registered.
  if (process.platform !== "linux") return null;
  try {
    return networkFileSystemOf(typeOf(folder));
  } catch {
    return null;
  }
}
