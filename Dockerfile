# docker build -t live-transcription . && docker run -p 127.0.0.1:8000:8000 --env-file .env live-transcription
FROM python:3.11-slim
WORKDIR /app
COPY requirements.txt ./
RUN pip install --no-cache-dir -r requirements.txt && useradd --system --no-create-home app
COPY app.py gunicorn.conf.py ./
COPY transcribe transcribe
COPY templates templates
COPY static static
USER app
ENV HOST=0.0.0.0 PYTHONUNBUFFERED=1
EXPOSE 8000
HEALTHCHECK CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
CMD ["gunicorn", "app:create_app()"]
