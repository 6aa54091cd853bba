using Berth.Images;
using Berth.Images.Sbom;

return new ImageCommand().Create(Run).Parse(args).Invoke();

static int Run(ImageRequest request, string? sbom)
{
    try
    {
        var image = Image.Build(request);
        OciArchive.Write(image, request.Archive);
        if (sbom is not null)
        {
            SpdxDocument.Write(request, image.Manifest.Digest, sbom);
        }

        Console.WriteLine($"{image.Manifest.Digest} {image.CompressedSize}");
        return 0;
    }
    catch (Exception error) when (error is ImageException or IOException or UnauthorizedAccessException)
    {
        Console.Error.WriteLine($"error: {error.Message}");
        return 1;
    }
}
