// Package snapshot keeps checkpoints and savepoints at rest.
//
//	execution.checkpointing.dir/
//	  <job>/
//	    chk-41/manifest        what a checkpoint consists of; written last, atomically
//	    chk-42/manifest
//	    shared/…               the files that manifests name, each written once
//
//	<savepoint>/manifest, shared/…     the same, self-contained: it can be moved
//
// A checkpoint exists when its manifest does. Whether a shared file is still
// needed is decided by reachability from manifests, never by a counter: files of
// retired manifests that no retained one names go at once; files of attempts that
// are over go when no manifest names them; what the current attempt has stored
// for a manifest to come stays.
//
// The body of a manifest belongs to the runtime, which alone knows what a job
// consists of. Read manifest.go first, then storage.go.
package snapshot
