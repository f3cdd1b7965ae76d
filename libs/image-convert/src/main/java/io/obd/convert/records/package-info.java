/** A database of what conversions made, shared by those who are given the same one. */
@NullMarked
package io.obd.convert.records;

import org.jspecify.annotations.NullMarked;
