// Pictures over HTTP. Every request picks a profile, and with it how exact and how fast its picture is; a request that is given up stops
// between two steps:
//
//     curl -o picture.png 'http://localhost:5000/pictures/3?profile=fast&seed=7'
using DiTFastAttn;
using DiTFastAttn.Hosting;
using WebApi;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddSingleton<Painter>();
builder.Services.AddDiTFastAttn()
    .AddPlanProfile("fast", profile => profile.UsePeriodicPlan("ast", period: 2))
    .AddPlanProfile("balanced", profile => profile.UsePeriodicPlan("wars", period: 3))
    .AddPlanProfile("exact", profile => profile.UseFullAttention())
    .UsePeriodicPlan("wars", period: 3); // for requests that name none

var app = builder.Build();
app.Services.GetRequiredService<Painter>(); // load the model before the first request

app.MapGet("/pictures/{label:int}", (Painter painter, CancellationToken cancellation, int label, ulong seed = 0, int steps = 20, string? profile = null) =>
{
    try
    {
        return Results.Bytes(painter.Paint(label, seed, steps, profile, cancellation), "image/png");
    }
    catch (Exception error) when (error is PlanMismatchException or ArgumentException)
    {
        return Results.Text(error.Message, statusCode: StatusCodes.Status400BadRequest);
    }
    catch (OperationCanceledException)
    {
        return Results.StatusCode(StatusCodes.Status499ClientClosedRequest);
    }
});
app.MapGet("/state", (Painter painter) => new { painter.State.Painting, painter.State.GivenUp });
app.Run();
