/** The content of images: chunks, fetched, checked and kept in local files. */
@org.jspecify.annotations.NullMarked
package io.obd.nydusd.data;
