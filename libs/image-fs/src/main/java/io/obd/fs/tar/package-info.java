/** Reading the tar of an image layer, byte for byte: ustar, pax, GNU names and sparse files. */
@org.jspecify.annotations.NullMarked
package io.obd.fs.tar;
