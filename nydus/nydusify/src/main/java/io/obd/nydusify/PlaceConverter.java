package io.obd.nydusify;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the name of an image or {@code file://PATH}. */
final class PlaceConverter implements ITypeConverter<Place> {
    @Override
    public Place convert(String value) {
        try {
            return Place.parse(value);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }
}
