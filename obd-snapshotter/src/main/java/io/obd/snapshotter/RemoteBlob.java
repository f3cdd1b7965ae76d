package io.obd.snapshotter;

/** A blob of an image: its digest, its length in bytes and the URL that the digest is appended to. */
record RemoteBlob(String digest, long size, String repoBlobUrl) {}
