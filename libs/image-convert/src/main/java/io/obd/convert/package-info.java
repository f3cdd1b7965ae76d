/**
 * What every conversion of an image shares: choosing the source, the schedule of download, build and upload over the
 * layers, the documents of the result. How one layer is built is the business of a {@link
 * io.obd.convert.ConversionEngine}.
 */
@NullMarked
package io.obd.convert;

import org.jspecify.annotations.NullMarked;
