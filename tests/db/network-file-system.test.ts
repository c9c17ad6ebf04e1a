import { tmpdir } from "node:os";
import Sqlite from "better-sqlite3";
import { expect, it, test } from "vitest";
import { switchToWriteAheadLog } from "#db/client.ts";
import { networkFileSystem, networkFileSystemOf } from "#db/network-file-system.ts";

test.each([
  ["NFS", 0x6969, "NFS"],
  ["SMB of the old driver", 0x517b, "SMB"],
  ["CIFS", 0xff534d42, "SMB"],
  ["CIFS as a signed number", 0xff534d42 | 0, "SMB"],
  ["SMB 2", 0xfe534d42, "SMB"],
  ["9P", 0x01021997, "9P"],
  ["FUSE", 0x65735546, "FUSE, as sshfs and s3fs use it"],
  ["ext4", 0xef53, null],
  ["XFS", 0x58465342, null],
  ["Btrfs as a signed number", 0x9123683e | 0, null],
  ["overlayfs", 0x794c7630, null],
  ["tmpfs", 0x01021994, null],
  ["ZFS", 0x2fc12fc1, null],
])("%s is told by its type", (_name, type, expected) => {
  expect(networkFileSystemOf(type)).toBe(expected);
});

it("tells nothing of a folder of which the system tells nothing", () => {
  const fail = () => {
    throw Object.assign(new Error("not implemented"), { code: "ENOSYS" });
  };
  expect(networkFileSystem("/data", fail)).toBeNull();
  expect(networkFileSystem("/data/absent")).toBeNull();
  expect(networkFileSystem("/data", () => 0x6969)).toBe("NFS");
  expect(networkFileSystem(tmpdir(), () => 0xef53)).toBeNull();
});

it("asks the system itself: a folder in memory is no network's", () => {
  expect(networkFileSystem("/dev/shm")).toBeNull();
});

it("is refused where SQLite cannot use its write-ahead log, as a database in memory cannot", () => {
  const sqlite = new Sqlite(":memory:");
  try {
    expect(() => switchToWriteAheadLog(sqlite, "/mnt/share/bursar.sqlite")).toThrow(
      "/mnt/share/bursar.sqlite is on a file system where SQLite's write-ahead log does not work. Move DATA_DIR to a disk of this machine.",
    );
  } finally {
    sqlite.close();
  }
});
