/** The data of RAFS images: chunks out of blobs. */
package io.obd.rafs.data;
