// Package fs is the small file interface behind what the engine itself stores:
// checkpoints, spilled runs, state files.
//
// What tables need beside is a Publisher: files that nobody sees before they are
// published (draft.go).
//
// Local is the disk; package s3 below is an object store. Memory is a disk for tests: it loses on Crash what was not
// synced, files as well as names, runs full at a capacity, and fails where a
// test says so. What must survive a crash follows one protocol, WriteAtomic:
// temporary file, sync, rename, sync of the directory.
//
// Names are slash-separated paths. Read fs.go first.
package fs
