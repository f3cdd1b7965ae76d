/** Where blobs come from. */
@org.jspecify.annotations.NullMarked
package io.obd.nydusd.backend;
