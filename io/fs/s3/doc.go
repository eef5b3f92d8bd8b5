// Package s3 is an object store that speaks S3 as a file system: tables,
// checkpoints and savepoints below s3://bucket/key.
//
//	reading   Open: the last bytes of the object, with its size and ETag, in one request
//	          ReadAhead notes ranges; the first ReadAt behind it fetches them side by side
//	drafts    parts of a multipart upload, which nobody sees; Publish completes it
//	manifest  PutNew: a put that fails where the name is taken
//
// There are no directories: MkdirAll and SyncDir have nothing to do, a folder is
// there when a key lies below it. An object is replaced in one step and never
// changed: each request for a part of it names its ETag, so that a reader that
// began with one version cannot go on in another.
//
// Names are s3://bucket/key; one slash behind the scheme is taken too, since
// package path makes that of them. Secrets are in the client alone: errors name
// operation and object. Read s3.go first, then reader.go and draft.go.
package s3
