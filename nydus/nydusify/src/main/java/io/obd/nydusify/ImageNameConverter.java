package io.obd.nydusify;

import io.obd.registry.ImageReference;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the name of an image. */
final class ImageNameConverter implements ITypeConverter<ImageReference> {
    @Override
    public ImageReference convert(String value) {
        try {
            return ImageReference.parse(value);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }
}
