/** RAFS, the format of nydus images: bootstraps of version 5 and 6, and the data they refer to. */
package io.obd.rafs;
